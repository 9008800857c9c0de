import type net from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { Http2Bench } from './bench-of-pools.js'
import {
  data,
  END_STREAM,
  frame,
  goaway,
  type OnRequest,
  okHeaders,
  RawHttp2Server,
  rstStream,
  settings,
} from './raw-http2-server.js'

const bench = new Http2Bench()
afterEach(() => bench.end())

/** One thing that a server does to a request. */
type Act = (stream: number, socket: net.Socket) => void

const write = (make: (stream: number) => Buffer): Act => {
  return (stream, socket) => void (socket.writable && socket.write(make(stream)))
}

const anyFrame = fc
  .record({
    type: fc.nat(12),
    flags: fc.nat(255),
    stream: fc.oneof(fc.constant('asked'), fc.nat(20)),
    payload: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ type, flags, stream, payload }) =>
    write((asked) => frame(type, flags, typeof stream === 'number' ? stream : asked, payload)),
  )

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  anyFrame,
  fc.uint8Array({ maxLength: 60 }).map((bytes) => write(() => Buffer.from(bytes))),
  fc.nat(14).map((code) => write((stream) => rstStream(stream, code))),
  fc.tuple(fc.nat(6), fc.nat(13)).map(([last, code]) => write(() => goaway(last, code))),
  fc.constant(write((stream) => okHeaders(stream))),
  fc.constant(write((stream) => okHeaders(stream, END_STREAM))),
  fc.constant(write((stream) => data(stream, 'some'))),
  fc.constant(write((stream) => data(stream, 'last', END_STREAM))),
  fc.constant<Act>((_stream, socket) => void socket.end()),
  fc.constant<Act>((_stream, socket) => void socket.destroy()),
  // One that has sent its end would never close.
  fc.constant<Act>((_stream, socket) => void (socket.writable ? socket.resetAndDestroy() : socket.destroy())),
)

const anyGreeting = fc.oneof(
  { weight: 5, arbitrary: fc.constant(settings()) },
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.constant(Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')),
)

it('whatever a server sends and whenever it closes, every request settles, and nothing is left', {
  timeout: 120_000,
}, async () => {
  const wait = { timeout: 400 }
  await fc.assert(
    fc.asyncProperty(
      anyGreeting,
      fc.array(fc.array(anyAct, { maxLength: 6 }), { minLength: 1, maxLength: 5 }),
      async (greeting, scripts) => {
        let seen = 0
        const onRequest: OnRequest = (stream, socket) => {
          for (const act of scripts[seen++ % scripts.length] ?? []) act(stream, socket)
        }
        const server = await RawHttp2Server.start(onRequest, greeting)
        const pool = bench.pool({
          perKey: 2,
          concurrency: 2,
          connect: { timeout: 100, backoff: { initialDelay: 1, maxDelay: 5 } },
          ping: { every: 50, timeout: 50 },
          close: { timeout: 100 },
        })
        const troubles: unknown[] = []
        pool.on('error', (trouble) => troubles.push(trouble))
        const asked = Array.from({ length: 6 }, async (_, n) => {
          const { body } = await pool.request(server.url(), n % 2 === 0 ? wait : { ...wait, method: 'POST', body: 'x' })
          const timer = setTimeout(() => body.destroy(), 200)
          for await (const _chunk of body);
          clearTimeout(timer)
        })
        await Promise.allSettled(asked)
        const { connecting, connected, idle, closing, size, leases } = pool.stats()
        expect(connecting + connected + idle + closing).toBe(size)
        expect([...pool.connections()]).toHaveLength(size)
        expect([...pool.connections()].reduce((sum, connection) => sum + connection.leases, 0)).toBe(leases)
        await pool.close({ timeout: 300 })
        expect([pool.stats().size, pool.stats().leases, troubles]).toEqual([0, 0, []])
        await until(() => server.sockets.size === 0)
        await server.close()
      },
    ),
    { numRuns: 40 },
  )
})
