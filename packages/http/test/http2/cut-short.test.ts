import { once } from 'node:events'
import { constants, type ServerHttp2Stream } from 'node:http2'
import { text } from 'node:stream/consumers'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { ask, failureOf, Http2Bench } from './bench-of-pools.js'
import { data, okHeaders, RawHttp2Server, rstStream } from './raw-http2-server.js'

const bench = new Http2Bench()
afterEach(() => bench.end())

describe('an answer that is broken off', () => {
  const begin = (stream: ServerHttp2Stream) => {
    stream.respond({ ':status': 200 })
    stream.write('the beginning')
  }

  it.each([constants.NGHTTP2_CANCEL, constants.NGHTTP2_INTERNAL_ERROR])(
    'with code %i ends its body with an error, and not as if complete',
    async (code) => {
      const server = bench.keep(
        await RawHttp2Server.start((stream, socket) => {
          socket.write(Buffer.concat([okHeaders(stream), data(stream, 'the beginning')]))
          setImmediate(() => socket.write(rstStream(stream, code)))
        }),
      )
      const pool = bench.pool()
      const { body } = await pool.request(server.url())
      const error = await failureOf(text(body))
      expect(['ERR_HTTP2_STREAM_RESET', 'ERR_HTTP2_STREAM_ERROR']).toContain(error.code)
      await until(() => pool.stats().leases === 0)
      expect(pool.stats().idle).toBe(1)
    },
  )

  it.each(['FIN', 'reset'])(
    'by a %s of its connection ends its body with an error, and not as if complete',
    async (how) => {
      const server = await bench.server(begin)
      const proxy = await bench.proxy(server)
      const pool = bench.pool()
      const { body } = await pool.request(`http://localhost:${proxy.port}/`)
      await once(body, 'data')
      if (how === 'reset') proxy.killAll()
      else proxy.add({ type: 'limit_data', stream: 'downstream', bytes: 1 })
      server.sessions[0]?.ping(() => {})
      expect(await failureOf(text(body))).toBeInstanceOf(Error)
      await until(() => pool.stats().size === 0)
      expect(pool.stats().closed.lost).toBe(1)
    },
  )

  it('that nobody reads does not end the process', async () => {
    const server = await bench.server(begin)
    const pool = bench.pool()
    await pool.request(server.url())
    server.reset()
    await until(() => pool.stats().size === 0)
    expect(pool.stats().leases).toBe(0)
  })
})

describe('a request that its caller gives up', () => {
  it('by its signal fails with an AbortError, whatever it is doing', async () => {
    const server = await bench.server(() => {})
    const pool = bench.pool({ perKey: 1, concurrency: 1 })
    const aborted = await failureOf(pool.request(server.url(), { signal: AbortSignal.abort('before') }))
    expect(aborted).toMatchObject({ name: 'AbortError', cause: 'before' })
    const [first, second] = [new AbortController(), new AbortController()]
    const answering = failureOf(pool.request(server.url(), { signal: first.signal }))
    const waiting = failureOf(pool.request(server.url(), { signal: second.signal }))
    await until(() => pool.stats().leases === 1 && pool.stats().waiting === 1)
    second.abort('while it waits')
    expect(await waiting).toMatchObject({ name: 'AbortError', cause: 'while it waits' })
    first.abort('while it is answered')
    expect(await answering).toMatchObject({ name: 'AbortError', cause: 'while it is answered' })
    await until(() => pool.stats().idle === 1)
    expect(pool.stats()).toMatchObject({ leases: 0, waiting: 0, size: 1 })
  })

  it('in the midst of the answer ends the body with it', async () => {
    const server = await bench.server((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('the beginning')
    })
    const aborter = new AbortController()
    const { body } = await bench.pool().request(server.url(), { signal: aborter.signal })
    const read = failureOf(text(body))
    aborter.abort('enough')
    expect(await read).toMatchObject({ name: 'AbortError', cause: 'enough' })
  })

  it('by its timeout fails with a TimeoutError, waiting for a session included', async () => {
    const server = await bench.server(() => {})
    const clock = virtualClock()
    const pool = bench.pool({ perKey: 1, concurrency: 1, clock })
    const first = failureOf(pool.request(server.url(), { timeout: 1_000 }))
    await until(() => pool.stats().leases === 1)
    const second = failureOf(pool.request(server.url(), { timeout: 500 }))
    await clock.advance(500)
    expect(await second).toMatchObject({ name: 'TimeoutError', code: 'ERR_POOL_ACQUIRE_TIMEOUT' })
    await clock.advance(500)
    expect(await first).toMatchObject({ name: 'TimeoutError', code: 'ERR_HTTP2_REQUEST_TIMEOUT' })
    await until(() => pool.stats().leases === 0)
  })

  it('has no deadline any more once the answer has begun', async () => {
    const held: ServerHttp2Stream[] = []
    const server = await bench.server((stream) => {
      stream.respond({ ':status': 200 })
      held.push(stream)
    })
    const clock = virtualClock()
    const { body } = await bench.pool({ clock }).request(server.url(), { timeout: 1_000 })
    await clock.advance(5_000)
    held[0]?.end('late')
    expect(await text(body)).toBe('late')
  })

  it('leaves no listener on the signal', async () => {
    const server = await bench.server()
    const { signal } = new AbortController()
    const counted = { added: 0 }
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)]
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      counted.added++
      add(...given)
    }
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      counted.added--
      remove(...given)
    }
    const pool = bench.pool()
    for (let n = 0; n < 3; n++) await ask(pool, server.url(), { signal, timeout: 5_000 })
    await until(() => pool.stats().leases === 0)
    expect(counted.added).toBe(0)
  })
})
