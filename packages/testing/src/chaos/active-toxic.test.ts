import { systemClock } from '@millpond/core'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Peer, Rig, settled, until } from '../../test/chaos/peers.js'
import { ActiveToxic } from './active-toxic.js'
import { readToxic } from './read-toxic.js'
import type { Toxic } from './toxic.js'

let rig: Rig

beforeEach(async () => {
  rig = await Rig.up({ seed: 1 })
})

afterEach(() => rig.down())

describe('toxicity', () => {
  /** Which of `count` connections suffer from a toxic of this proxy. */
  async function victims(from: Rig, count: number, toxic: Toxic): Promise<boolean[]> {
    const handle = from.proxy.add(toxic)
    const found: boolean[] = []
    for (let n = 0; n < count; n++) {
      const ends = await from.connect()
      ends.server.socket.write('?')
      await until(() => ends.client.bytes > 0 || ends.client.events.length > 0)
      found.push(ends.client.bytes === 0)
      for (const { socket } of [ends.client, ends.server]) socket.destroy()
    }
    await until(() => from.proxy.connections().open === 0)
    await handle.remove()
    return found
  }
  const half: Toxic = { type: 'limit_data', bytes: 0, toxicity: 0.5 }

  it('strikes the same connections for the same seed, others for another, and about as many as it says', async () => {
    const first = await victims(rig, 40, half)
    await rig.down()
    rig = await Rig.up({ seed: 1 })
    expect(await victims(rig, 40, half)).toEqual(first)
    await rig.down()
    rig = await Rig.up({ seed: 2 })
    expect(await victims(rig, 40, half)).not.toEqual(first)
    const struck = first.filter(Boolean).length
    expect(struck).toBeGreaterThan(8)
    expect(struck).toBeLessThan(32)
  })

  it('strikes a connection whether the toxic was there before it or came later', async () => {
    const first = await victims(rig, 12, half)
    await rig.down()
    rig = await Rig.up({ seed: 1 })
    const ends: { client: Peer; server: Peer }[] = []
    for (let n = 0; n < 12; n++) ends.push(await rig.connect())
    ends[3]?.client.socket.resetAndDestroy()
    await ends[3]?.server.hears('close')
    rig.proxy.add(half)
    for (const end of ends) end.server.socket.write('?')
    await settled()
    const struck = ends.map((end) => end.client.bytes === 0)
    expect(struck.toSpliced(3, 1)).toEqual(first.toSpliced(3, 1))
  })

  it('strikes nobody at 0, and draws anew for each toxic', async () => {
    expect(await victims(rig, 10, { type: 'limit_data', bytes: 0, toxicity: 0 })).not.toContain(true)
    const second = await victims(rig, 30, half)
    await rig.down()
    rig = await Rig.up({ seed: 1 })
    expect(await victims(rig, 40, half)).not.toEqual([...Array(10).fill(false), ...second])
  })

  it('comes from a seed that can be read where none was given', async () => {
    await rig.down()
    rig = await Rig.up()
    const { seed } = rig.proxy
    const first = await victims(rig, 30, half)
    await rig.down()
    rig = await Rig.up({ seed })
    expect(await victims(rig, 30, half)).toEqual(first)
  })

  it.each([0, 1, 2, 3, -1, 123_456])(
    'is fair to the first connection too, with small seeds (from %i on)',
    async (from) => {
      const toxic = readToxic(half) as ConstructorParameters<typeof ActiveToxic>[0]
      const struck = Array.from({ length: 400 }, (_, n) =>
        new ActiveToxic(toxic, systemClock, xoroshiro128plus(from + n)).strikes(1),
      ).filter(Boolean).length
      expect(struck).toBeGreaterThan(140)
      expect(struck).toBeLessThan(260)
    },
  )
})
