import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Rig } from '../../test/chaos/peers.js'

let rig: Rig

beforeEach(async () => {
  rig = await Rig.up({ seed: 1 })
})

afterEach(() => rig.down())

describe('a proxy that is down', () => {
  it('resets the connections it has, refuses new ones, and comes back on the same port', async () => {
    const { client, server } = await rig.connect()
    const { port } = rig.proxy
    const down = rig.proxy.add({ type: 'down' })
    await Promise.all([client.hears('close'), server.hears('close')])
    expect([...client.events, ...server.events]).toEqual(['ECONNRESET', 'close', 'ECONNRESET', 'close'])
    const refused = rig.dial()
    await refused.hears('close')
    expect(refused.events).toEqual(['ECONNREFUSED', 'close'])
    await down.remove()
    expect(rig.proxy.port).toBe(port)
    const again = await rig.connect()
    again.client.socket.write('back')
    await again.server.receives(4)
  })

  it.runIf(process.platform === 'linux')('keeps its port: an open connection of its own occupies it', async () => {
    const port = rig.proxy.port.toString(16).toUpperCase().padStart(4, '0')
    // Local address, remote address, state: 01 is established, 0A listening.
    const states = () => [
      ...readFileSync('/proc/net/tcp', 'utf8').matchAll(new RegExp(`: 0100007F:${port} \\S+ (..)`, 'g')),
    ]
    expect(
      states()
        .map(([, state]) => state)
        .sort(),
    ).toEqual(['01', '0A'])
    rig.proxy.add({ type: 'down' })
    expect(states().map(([, state]) => state)).toEqual(['01'])
    await rig.proxy.close()
    expect(states().map(([, state]) => state)).not.toContain('01')
  })

  it('is down as long as one toxic says so, through quick changes, and may be closed', async () => {
    const { proxy } = rig
    const first = proxy.add({ type: 'down' })
    const second = proxy.add({ type: 'down', name: 'down as well' })
    await first.remove()
    const refused = rig.dial()
    await refused.hears('ECONNREFUSED')
    const back = second.remove()
    const third = proxy.add({ type: 'down' })
    await back
    const refusedAgain = rig.dial()
    await refusedAgain.hears('ECONNREFUSED')
    const removed = third.remove()
    const fourth = proxy.add({ type: 'down' })
    await Promise.all([removed, fourth.remove()])
    await rig.connect()
    proxy.add({ type: 'down' })
    await proxy.close()
  })

  it('does not come back when somebody took its port by name meanwhile, and says so', async () => {
    const down = rig.proxy.add({ type: 'down' })
    const thief = net.createServer().listen(rig.proxy.port, '127.0.0.1')
    await once(thief, 'listening')
    await expect(down.remove()).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await new Promise((resolve) => thief.close(resolve))
    await rig.proxy.add({ type: 'down' }).remove()
    await rig.connect()
  })
})
