import { constants } from 'node:http2'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type Clock, systemClock } from '@millpond/core'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { ask, failureOf, Http2Bench } from './bench-of-pools.js'
import { data, END_STREAM, goaway, okHeaders, RawHttp2Server, rstStream } from './raw-http2-server.js'

const { NGHTTP2_REFUSED_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_ENHANCE_YOUR_CALM } = constants

const bench = new Http2Bench()
afterEach(() => bench.end())

const ok = (stream: number) => Buffer.concat([okHeaders(stream), data(stream, 'ok', END_STREAM)])

/** Refuses so many requests, whichever connection they come on, and answers the rest. */
async function refusing(times: number) {
  const seen: number[] = []
  const server = bench.keep(
    await RawHttp2Server.start((stream, socket, connection) => {
      seen.push(connection)
      socket.write(seen.length <= times ? rstStream(stream, NGHTTP2_REFUSED_STREAM) : ok(stream))
    }),
  )
  return { server, seen }
}

describe('a refused request', () => {
  it.each([
    ['GET', undefined],
    ['POST', 'bytes'],
    ['POST', () => Readable.from(['made anew'])],
  ])('is sent again on another session (%s)', async (method, body) => {
    const { server, seen } = await refusing(1)
    expect(await ask(bench.pool(), server.url(), { method, ...(body && { body }) })).toBe('200 ok')
    expect(seen).toEqual([1, 2])
  })

  it('is sent again as often as `retries` says, each time on another session, and then fails', async () => {
    const { server, seen } = await refusing(99)
    const pool = bench.pool({ retries: 2, random: () => 0 })
    const error = await failureOf(pool.request(server.url(), { method: 'POST', body: 'x' }))
    expect(error).toMatchObject({ code: 'ERR_HTTP2_STREAM_REFUSED', attempts: 3, origin: server.url().slice(0, -1) })
    expect(seen).toEqual([1, 2, 3])
    await until(() => pool.stats().size === 0)
    expect(pool.stats()).toMatchObject({ leases: 0, closed: { retired: 3 } })
  })

  it('is sent again at once, and from then on after pauses that grow', async () => {
    const { server } = await refusing(3)
    const pauses: number[] = []
    const clock: Clock = {
      ...systemClock,
      setTimeout(fn, ms) {
        if (ms === 75 || ms === 150) pauses.push(ms)
        return systemClock.setTimeout(fn, ms)
      },
    }
    expect(await ask(bench.pool({ clock, random: () => 0 }), server.url())).toBe('200 ok')
    expect(pauses).toEqual([75, 150])
  })

  it('is not sent again with `retries: 0`', async () => {
    const { server, seen } = await refusing(1)
    const error = await failureOf(bench.pool({ retries: 0 }).request(server.url()))
    expect([error.code, seen]).toEqual(['ERR_HTTP2_STREAM_REFUSED', [1]])
  })

  it('whose body was a stream is not sent again, since that is gone', async () => {
    const { server, seen } = await refusing(1)
    const pool = bench.pool()
    const error = await failureOf(pool.request(server.url(), { method: 'POST', body: Readable.from(['once']) }))
    expect(error.message).toContain('its body is gone')
    expect(seen).toEqual([1])
  })

  it('waits no longer than its timeout for another try', async () => {
    const { server } = await refusing(99)
    const pool = bench.pool({ retries: 99 })
    const before = performance.now()
    expect(await failureOf(pool.request(server.url(), { timeout: 150 }))).toMatchObject({ name: 'TimeoutError' })
    expect(performance.now() - before).toBeLessThan(1_000)
  })

  it('has the session that carries others spared for a moment, and not closed', async () => {
    const held: (() => void)[] = []
    const seen: number[] = []
    const server = bench.keep(
      await RawHttp2Server.start((stream, socket, connection) => {
        seen.push(connection)
        if (seen.length === 1) held.push(() => socket.write(ok(stream)))
        else socket.write(seen.length === 2 ? rstStream(stream, NGHTTP2_REFUSED_STREAM) : ok(stream))
      }),
    )
    const pool = bench.pool()
    const first = ask(pool, server.url())
    await until(() => seen.length === 1)
    expect(await ask(pool, server.url())).toBe('200 ok')
    expect(seen).toEqual([1, 1, 2])
    await until(() => pool.stats().idle === 1)
    expect(pool.stats()).toMatchObject({ size: 2, connected: 1 })
    held[0]?.()
    expect(await first).toBe('200 ok')
  })

  it('finds the spared session open to as many as before, a second later', async () => {
    const server = await bench.server((stream) => {
      if (stream.id === 3) stream.close(NGHTTP2_REFUSED_STREAM)
    })
    const pool = bench.pool({ perKey: 1, retries: 0 })
    const lease = await pool.acquire(server.url())
    const under = failureOf(pool.request(server.url()))
    await failureOf(pool.request(server.url()))
    expect(pool.tryAcquire(server.url())).toBeUndefined()
    const next = await pool.acquire(server.url(), { timeout: 3_000 })
    expect(next.resource).toBe(lease.resource)
    await pool.destroy()
    await under
  })

  it('is told from one that was left out by a GOAWAY with an error', async () => {
    const seen: number[] = []
    const server = bench.keep(
      await RawHttp2Server.start((stream, socket, connection) => {
        seen.push(connection)
        socket.write(seen.length === 1 ? goaway(0, NGHTTP2_ENHANCE_YOUR_CALM) : ok(stream))
      }),
    )
    expect(await ask(bench.pool(), server.url(), { method: 'POST', body: 'x' })).toBe('200 ok')
    expect(seen).toEqual([1, 2])
  })

  it('is not one that the GOAWAY has promised to look at: that one is answered', async () => {
    const server = bench.keep(
      await RawHttp2Server.start((stream, socket) => {
        socket.write(goaway(stream, NGHTTP2_NO_ERROR))
        setTimeout(() => socket.write(ok(stream)), 20)
      }),
    )
    const pool = bench.pool()
    expect(await ask(pool, server.url(), { method: 'POST', body: 'x' })).toBe('200 ok')
    expect(server.accepted).toBe(1)
    await until(() => pool.stats().size === 0)
  })
})

/** Answers the first request, and ends the connection under the second. */
async function dying() {
  const seen: string[] = []
  const server = await bench.server((stream, headers) => {
    seen.push(`${headers[':method']}`)
    if (seen.length === 2) {
      server.reset()
      return
    }
    stream.respond({ ':status': 200 })
    stream.end('ok')
  })
  return { server, seen }
}

describe('a reused session that dies before the answer', () => {
  it('has an idempotent request sent again, once, on a fresh one', async () => {
    const { server, seen } = await dying()
    const pool = bench.pool()
    await ask(pool, server.url())
    const { body, reused } = await pool.request(server.url())
    expect([await text(body), reused, seen.length]).toEqual(['ok', false, 3])
  })

  it('has it sent again on a fresh one, though another is idle, which may be as stale', async () => {
    let seen = 0
    const server = bench.keep(
      await RawHttp2Server.start((stream, socket) => {
        if (++seen === 3) socket.resetAndDestroy()
        else socket.write(ok(stream))
      }),
    )
    const pool = bench.pool({ concurrency: 1 })
    const leases = [await pool.acquire(server.url()), await pool.acquire(server.url())]
    for (const { resource } of leases) await text(resource.request({ ':path': '/' }))
    for (const lease of leases) lease.release()
    const { body, reused } = await pool.request(server.url())
    expect([await text(body), reused, server.accepted]).toEqual(['ok', false, 3])
  })

  it.each([
    ['POST', {}, {}, 'POST is not idempotent'],
    ['PUT', { body: 'x' }, {}, 'it has a body'],
    ['GET', {}, { resend: false }, 'the option resend is false'],
  ])('fails a %s that may have been acted on, and says why (%o, %o)', async (method, init, options, why) => {
    const { server, seen } = await dying()
    const pool = bench.pool(options)
    await ask(pool, server.url())
    const error = await failureOf(pool.request(server.url(), { method, ...init }))
    expect(error).toMatchObject({ name: 'StaleConnectionError', code: 'ECONNRESET', method })
    expect(error.message).toContain(why)
    expect(error.cause).toMatchObject({ code: 'ERR_HTTP2_LOST' })
    expect([seen.length, await ask(pool, server.url())]).toEqual([2, '200 ok'])
  })

  it('and a new one that does fail a request, which is not sent a third time', async () => {
    let seen = 0
    const server = await bench.server((stream) => {
      if (seen++ > 0) return server.reset()
      stream.respond({ ':status': 200 })
      stream.end('ok')
    })
    const pool = bench.pool()
    await ask(pool, server.url())
    expect(await failureOf(pool.request(server.url()))).toMatchObject({ code: 'ERR_HTTP2_LOST' })
    expect(seen).toBe(3)
  })
})
