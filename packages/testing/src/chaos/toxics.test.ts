import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Peer, Rig, settled, until } from '../../test/chaos/peers.js'
import { type VirtualClock, virtualClock } from '../time/virtual-clock.js'
import type { ToxicHandle } from './chaos-proxy.js'
import type { Toxic, ToxicStream } from './toxic.js'

// Real sockets; the delays of the toxics pass in virtual time.
let clock: VirtualClock
let rig: Rig
let client: Peer
let server: Peer

beforeEach(async () => {
  clock = virtualClock()
  rig = await Rig.up({ clock, seed: 7 })
  const ends = await rig.connect()
  client = ends.client
  server = ends.server
})

afterEach(async () => {
  await rig.down()
  expect(clock.pending).toBe(0)
})

describe('a toxic that is added while a connection is open', () => {
  it.each<[ToxicStream]>([['upstream'], ['downstream']])('delays what is sent from then on, %s', async (stream) => {
    const [sender, receiver] = stream === 'upstream' ? [client, server] : [server, client]
    sender.socket.write('before')
    await receiver.receives(6)
    rig.proxy.add({ type: 'latency', stream, latency: 1_000 })
    sender.socket.write(' after')
    sender.socket.end()
    await until(() => clock.pending === 1)
    await clock.advance(999)
    await settled()
    expect([receiver.text, receiver.events]).toEqual(['before', []])
    await until(() => sender.socket.writableFinished)
    await clock.advance(1_000)
    await receiver.hears('end')
    expect(receiver.text).toBe('before after')
  })

  it('works on what the ones before it let through', async () => {
    rig.proxy.add({ type: 'slicer', averageSize: 1, delay: 100 })
    const second = rig.proxy.add({ type: 'latency', latency: 10 })
    server.socket.write('abc')
    await until(() => clock.pending > 0)
    await clock.advance(10)
    await client.receives(1)
    expect(client.text).toBe('a')
    await second.remove()
    await clock.advance(90)
    await client.receives(2)
    await clock.advance(100)
    await client.receives(3)
    expect(client.text).toBe('abc')
  })

  it('leaves what was sent before to the toxics before it when it is removed', async () => {
    const first = rig.proxy.add({ type: 'latency', latency: 10 })
    rig.proxy.add({ type: 'timeout', timeout: 0 })
    server.socket.write('abc')
    await until(() => clock.pending > 0)
    await first.remove()
    await settled()
    expect([client.bytes, clock.pending]).toEqual([0, 0])
    await rig.proxy.reset()
    await client.receives(3)
  })
})

describe('a slicer', () => {
  it('makes the receiver read piece by piece', async () => {
    rig.proxy.add({ type: 'slicer', averageSize: 2, delay: 5 })
    server.socket.write('abcdef')
    await until(() => clock.pending > 0)
    for (let n = 1; n <= 3; n++) {
      await clock.advance(5)
      await client.receives(2 * n)
    }
    expect(client.chunks.map(String)).toEqual(['ab', 'cd', 'ef'])
  })
})

describe('a blackhole', () => {
  it('lets neither data nor FIN through, and after it everything in order', async () => {
    const blackhole = rig.proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    client.socket.end('into the dark')
    await settled()
    expect([server.bytes, server.events]).toEqual([0, []])
    await blackhole.remove()
    await server.hears('end')
    expect(server.text).toBe('into the dark')
  })

  it('lets no reset through either, and passes it on when it is removed', async () => {
    const blackhole = rig.proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    client.socket.resetAndDestroy()
    await settled()
    expect(server.events).toEqual([])
    expect(rig.proxy.connections().open).toBe(1)
    await blackhole.remove()
    await server.hears('close')
    expect(server.events).toEqual(['ECONNRESET', 'close'])
  })

  it('swallows the refusal of a server that is not there: the client hears nothing', async () => {
    await rig.proxy.close()
    rig.server.close()
    rig = await Rig.up({ clock })
    await new Promise((resolve) => rig.server.close(resolve))
    const blackhole = rig.proxy.add({ type: 'timeout', timeout: 0 })
    client = rig.dial()
    await until(() => rig.proxy.connections().total === 1)
    await settled()
    expect(client.events).toEqual([])
    await blackhole.remove()
    await client.hears('close')
  })

  it('with a timeout ends both sides when it is over', async () => {
    rig.proxy.add({ type: 'timeout', stream: 'upstream', timeout: 5_000 })
    client.socket.write('lost')
    await settled()
    await clock.advance(4_999)
    await settled()
    expect([client.events, server.events]).toEqual([[], []])
    await clock.advance(1)
    await Promise.all([client.hears('end'), server.hears('end')])
    expect(server.bytes).toBe(0)
    await until(() => rig.proxy.connections().open === 0)
  })

  it('holds up a sender, and loses nothing of what was sent into it', async () => {
    const blackhole = rig.proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    const total = 32 * 1024 * 1024
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    for (let sent = 0; sent < total; sent += chunk.length) client.socket.write(chunk)
    await settled(200)
    expect(client.socket.writableLength).toBeGreaterThan(total / 2)
    await blackhole.remove()
    await server.receives(total)
    expect(server.bytes).toBe(total)
  })
})

describe('a reset_peer', () => {
  it('resets an open connection on both sides, idle or not', async () => {
    rig.proxy.add({ type: 'reset_peer' })
    await Promise.all([client.hears('close'), server.hears('close')])
    expect([client.events, server.events]).toEqual([
      ['ECONNRESET', 'close'],
      ['ECONNRESET', 'close'],
    ])
  })

  it('resets new ones too, after its timeout, and not those that came after it was removed', async () => {
    const reset = rig.proxy.add({ type: 'reset_peer', timeout: 100 })
    const second = await rig.connect()
    await clock.advance(100)
    await Promise.all([client.hears('close'), second.client.hears('close')])
    const third = await rig.connect()
    await reset.remove()
    await clock.advance(1_000)
    await settled()
    expect(third.client.events).toEqual([])
  })

  it('that is still to come leaves no timer behind when the connection ends by itself', async () => {
    rig.proxy.add({ type: 'reset_peer', timeout: 60_000 })
    client.socket.end()
    server.socket.end()
    await until(() => rig.proxy.connections().open === 0)
    expect(clock.pending).toBe(0)
    await Promise.all([client.hears('close'), server.hears('close')])
    expect([...client.events, ...server.events]).not.toContain('ECONNRESET')
  })

  it('with a toxic after it leaves no timer behind on a connection that it has reset', async () => {
    rig.proxy.add({ type: 'reset_peer' })
    rig.proxy.add({ type: 'timeout', timeout: 60_000 })
    const late = rig.dial()
    await late.hears('close')
    expect(clock.pending).toBe(0)
  })
})

describe('a slow_close', () => {
  it('delays FIN in its direction, while the other works on', async () => {
    rig.proxy.add({ type: 'slow_close', delay: 2_000 })
    server.socket.end('bye')
    await client.receives(3)
    await until(() => clock.pending === 1)
    await clock.advance(1_999)
    await settled()
    expect(client.events).toEqual([])
    client.socket.write('still here')
    await server.receives(10)
    await clock.advance(1)
    await client.hears('end')
  })
})

describe('a limit_data', () => {
  it('delivers so many bytes, then closes both sides', async () => {
    rig.proxy.add({ type: 'limit_data', bytes: 100_000 })
    server.socket.write(Buffer.alloc(300_000, 'x'))
    await Promise.all([client.hears('end'), server.hears('end')])
    expect(client.bytes).toBe(100_000)
    await until(() => rig.proxy.connections().open === 0)
  })

  it('counts from when it was added, each connection by itself', async () => {
    server.socket.write('12345')
    await client.receives(5)
    rig.proxy.add({ type: 'limit_data', bytes: 8 })
    const second = await rig.connect()
    server.socket.write('123456')
    second.server.socket.write('1234567')
    await Promise.all([client.receives(11), second.client.receives(7)])
    await settled()
    expect([client.events, second.client.events]).toEqual([[], []])
    server.socket.write('789')
    await client.hears('end')
    expect(client.text).toBe('1234512345678')
  })

  it('waits with the close for what a toxic after it holds back', async () => {
    rig.proxy.add({ type: 'limit_data', bytes: 3 })
    rig.proxy.add({ type: 'latency', latency: 1_000 })
    server.socket.write('abcdef')
    await until(() => clock.pending === 1)
    await settled()
    expect(client.events).toEqual([])
    await clock.advance(1_000)
    await client.hears('end')
    expect(client.text).toBe('abc')
  })
})

describe('a bandwidth', () => {
  it('takes its time, by the clock of the process where no other is given', async () => {
    await rig.down()
    rig = await Rig.up()
    const ends = await rig.connect()
    rig.proxy.add({ type: 'bandwidth', rate: 100 })
    const begun = performance.now()
    ends.server.socket.write(Buffer.alloc(5_000))
    await ends.client.receives(5_000)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(49)
  })
})

describe('toxics that come and go while traffic flows', () => {
  const stream = fc.constantFrom<ToxicStream>('upstream', 'downstream')
  const toxicity = fc.constantFrom(1, 0.5)
  const delaying: fc.Arbitrary<Toxic> = fc.oneof(
    fc.record({ type: fc.constant('latency' as const), stream, toxicity, latency: fc.nat(40), jitter: fc.nat(40) }),
    fc.record({ type: fc.constant('bandwidth' as const), stream, toxicity, rate: fc.integer({ min: 1, max: 500 }) }),
    fc.record({
      type: fc.constant('slicer' as const),
      stream,
      toxicity,
      averageSize: fc.integer({ min: 9, max: 999 }),
    }),
    fc.record({ type: fc.constant('timeout' as const), stream, toxicity, timeout: fc.constant(0) }),
    fc.record({ type: fc.constant('slow_close' as const), stream, toxicity, delay: fc.nat(100) }),
  )
  const command = fc.oneof(
    fc.record({ what: fc.constant('send' as const), by: stream, bytes: fc.integer({ min: 1, max: 20_000 }) }),
    fc.record({ what: fc.constant('add' as const), toxic: delaying }),
    fc.record({ what: fc.constant('remove' as const), which: fc.nat(10) }),
    fc.record({ what: fc.constant('wait' as const), ms: fc.nat(50) }),
  )

  it('lose, add and swap no byte in either direction, and the ends arrive after the last one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 30 }), async (commands) => {
        const ends = await rig.connect()
        const sent = { upstream: '', downstream: '' }
        const toxics: ToxicHandle[] = []
        for (const [n, step] of commands.entries()) {
          if (step.what === 'send') {
            const words = `${n} `.repeat(step.bytes).slice(0, step.bytes)
            sent[step.by] += words
            const sender = step.by === 'upstream' ? ends.client : ends.server
            sender.socket.write(words)
          } else if (step.what === 'add') toxics.push(rig.proxy.add({ ...step.toxic, name: `toxic ${n}` } as Toxic))
          else if (step.what === 'remove') await toxics[step.which]?.remove()
          else await clock.advance(step.ms)
        }
        ends.client.socket.end()
        ends.server.socket.end()
        await settled(5)
        await rig.proxy.reset()
        await Promise.all([ends.client.hears('close'), ends.server.hears('close')])
        expect([ends.server.text, ends.client.text]).toEqual([sent.upstream, sent.downstream])
        expect([ends.server.events, ends.client.events]).toEqual([
          ['end', 'close'],
          ['end', 'close'],
        ])
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 60 },
    )
  })
})
