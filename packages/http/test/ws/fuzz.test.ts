import { once } from 'node:events'
import type net from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { TestServer } from '../agent/test-server.js'
import { acceptUpgrade } from './accept-upgrade.js'
import { WsBench } from './bench-of-ws-pools.js'

const bench = new WsBench()
afterEach(() => bench.end())

type Act = (socket: net.Socket) => void

const write =
  (bytes: Uint8Array | string): Act =>
  (socket) =>
    void (socket.writable && socket.write(bytes))

const anyEnd: fc.Arbitrary<Act> = fc.constantFrom<Act[]>(
  (socket) => void socket.end(),
  (socket) => void socket.destroy(),
  // One that has sent its end would never close.
  (socket) => void (socket.writable ? socket.resetAndDestroy() : socket.destroy()),
)

/** A frame, sound or not: what says its length may lie. */
const anyFrame: fc.Arbitrary<Act> = fc
  .record({ first: fc.nat(255), length: fc.nat(255), payload: fc.uint8Array({ maxLength: 130 }) })
  .map(({ first, length, payload }) => write(Buffer.concat([Buffer.from([first, length]), payload])))

const soundFrame: fc.Arbitrary<Act> = fc
  .record({
    opcode: fc.constantFrom(1, 2, 8, 9, 10),
    payload: fc.string({ maxLength: 20 }).map((text) => Buffer.from(text)),
  })
  .filter(({ payload }) => payload.length < 126)
  .map(({ opcode, payload }) => write(Buffer.concat([Buffer.from([0x80 | opcode, payload.length]), payload])))

const anyAct = fc.oneof(soundFrame, anyFrame, fc.uint8Array({ maxLength: 40 }).map(write), anyEnd)

/** How it answers the upgrade. */
const anyUpgrade: fc.Arbitrary<(request: Buffer) => Act> = fc.oneof(
  { weight: 6, arbitrary: fc.constant((request: Buffer) => write(acceptUpgrade(request))) },
  fc.constant(() => write('HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n')),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => () => write(bytes)),
  fc.nat(100).map((length) => (request: Buffer) => write(acceptUpgrade(request).slice(0, length))),
  anyEnd.map((end) => () => end),
)

it('whatever a server sends and whenever it closes, every lease ends, and nothing is left', {
  timeout: 120_000,
}, async () => {
  const script = fc.tuple(anyUpgrade, fc.array(fc.array(anyAct, { maxLength: 4 }), { minLength: 1, maxLength: 4 }))
  await fc.assert(
    fc.asyncProperty(fc.array(script, { minLength: 1, maxLength: 4 }), async (scripts) => {
      let seen = 0
      const server = await TestServer.raw((socket) => {
        const [upgrade, answers] = scripts[seen++ % scripts.length] as (typeof scripts)[number]
        let asked = -1
        socket.on('data', (chunk) => {
          if (++asked === 0) upgrade(chunk)(socket)
          else for (const act of answers[asked % answers.length] ?? []) act(socket)
        })
      })
      const pool = bench.pool({
        perKey: 2,
        acquire: { timeout: 300 },
        connect: { timeout: 80, backoff: { initialDelay: 1, maxDelay: 5 } },
        ping: { every: 50, timeout: 50 },
        close: { timeout: 60 },
      })
      const troubles: unknown[] = []
      pool.on('error', (trouble) => troubles.push(trouble))
      const asked = Array.from({ length: 5 }, () =>
        pool.use(server.url(), async (webSocket, { signal }) => {
          webSocket.send('question')
          await once(webSocket, 'message', { signal: AbortSignal.any([signal, AbortSignal.timeout(50)]) })
        }),
      )
      await Promise.allSettled(asked)
      const { connecting, connected, idle, closing, size } = pool.stats()
      expect([connecting + connected + idle + closing, [...pool.connections()].length]).toEqual([size, size])
      await pool.close({ timeout: 300 })
      expect([pool.stats().size, pool.stats().leases]).toEqual([0, 0])
      // A close that ran into its deadline is told, and nothing else.
      expect(troubles.filter((one) => (one as { source: string }).source !== 'close')).toEqual([])
      await until(() => server.openCount === 0)
      await server.close()
    }),
    { numRuns: 40 },
  )
})
