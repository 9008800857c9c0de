import { once } from 'node:events'
import { type ClientHttp2Session, constants, type ServerHttp2Stream } from 'node:http2'
import type net from 'node:net'
import { text } from 'node:stream/consumers'
import type { KeyedPool, Lease } from '@millpond/core'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { ask, failureOf, Http2Bench } from './bench-of-pools.js'

const bench = new Http2Bench()
afterEach(() => bench.end())

/** Streams that are answered when a test says so. */
function holding() {
  const held: ServerHttp2Stream[] = []
  return {
    held,
    onStream: (stream: ServerHttp2Stream) => void held.push(stream),
    finish(stream = held.shift()) {
      stream?.respond({ ':status': 200 })
      stream?.end('done')
    },
  }
}

describe('a session', () => {
  it('is lent to as many as its peer takes streams at once, and the next gets another (invariant 1)', async () => {
    const server = await bench.server(undefined, { settings: { maxConcurrentStreams: 3 } })
    const pool = bench.pool()
    const leases: Lease<ClientHttp2Session>[] = []
    for (let n = 0; n < 4; n++) leases.push(await pool.acquire(server.url()))
    expect(new Set(leases.map(({ resource }) => resource)).size).toBe(2)
    expect([...pool.connections()].map((connection) => connection.leases)).toEqual([3, 1])
    for (const lease of leases) lease.release()
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2, leases: 0 })
  })

  it('carries no more leases than `concurrency`, however many its peer takes', async () => {
    const server = await bench.server()
    const pool = bench.pool({ concurrency: 2, perKey: 1 })
    const leases = [await pool.acquire(server.url()), await pool.acquire(server.url())]
    const third = pool.acquire(server.url())
    await until(() => pool.stats().waiting === 1)
    expect(pool.stats()).toMatchObject({ size: 1, leases: 2 })
    leases[0]?.release()
    expect((await third).resource).toBe(leases[1]?.resource)
  })

  it('serves those who wait as soon as its peer takes more', async () => {
    const server = await bench.server(undefined, { settings: { maxConcurrentStreams: 1 } })
    const pool = bench.pool({ perKey: 1 })
    const first = await pool.acquire(server.url())
    const waiting = [pool.acquire(server.url()), pool.acquire(server.url())]
    await until(() => pool.stats().waiting === 2)
    server.sessions[0]?.settings({ maxConcurrentStreams: 3 })
    for (const lease of await Promise.all(waiting)) expect(lease.resource).toBe(first.resource)
  })

  it('is lent to nobody new while its peer takes fewer than it has', async () => {
    const server = await bench.server(undefined, { settings: { maxConcurrentStreams: 3 } })
    const pool = bench.pool({ perKey: 1 })
    const leases = [await pool.acquire(server.url()), await pool.acquire(server.url())]
    server.sessions[0]?.settings({ maxConcurrentStreams: 1 })
    await once(leases[0]?.resource as ClientHttp2Session, 'remoteSettings')
    const next = pool.acquire(server.url())
    leases[0]?.release()
    expect(pool.stats()).toMatchObject({ leases: 1, waiting: 1 })
    leases[1]?.release()
    expect((await next).reused).toBe(true)
  })

  it('whose peer takes nothing yet keeps its borrowers waiting until it does', async () => {
    const server = await bench.server(undefined, { settings: { maxConcurrentStreams: 0 } })
    const pool = bench.pool({ perKey: 1, idle: { max: 1 } })
    const asked = ask(pool, server.url('/late'))
    await until(() => server.sessions.length === 1 && pool.stats().idle === 1)
    server.sessions[0]?.settings({ maxConcurrentStreams: 1 })
    expect(await asked).toBe('200 GET /late')
  })

  it('is not open before its peer has told its settings', async () => {
    const server = await bench.server()
    const proxy = await bench.proxy(server)
    proxy.add({ type: 'timeout', stream: 'downstream', timeout: 0 })
    const pool = bench.pool({ connect: { timeout: 60 } })
    await expect(pool.acquire(`http://localhost:${proxy.port}`)).rejects.toMatchObject({ code: 'ERR_POOL_CONNECT' })
    expect(pool.stats()).toMatchObject({ opened: 0, idle: 0 })
  })
})

describe('GOAWAY', () => {
  it('has a session lent to nobody any more, while its streams finish', async () => {
    const { held, onStream, finish } = holding()
    const server = await bench.server(onStream)
    const pool = bench.pool()
    const retired: string[] = []
    pool.on('retire', ({ reason, detail }) => retired.push(`${reason}: ${detail}`))
    const under = pool.request(server.url())
    await until(() => held.length === 1)
    held[0]?.session?.goaway(constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1)
    await until(() => retired.length === 1)
    expect(retired).toEqual(['retired: GOAWAY with NO_ERROR'])
    const next = pool.request(server.url())
    await until(() => held.length === 2)
    expect(server.accepted).toBe(2)
    finish(held[1])
    finish(held[0])
    expect(await Promise.all([under, next].map(async (asked) => text((await asked).body)))).toEqual(['done', 'done'])
    await until(() => pool.stats().size === 1)
    expect(pool.stats()).toMatchObject({ idle: 1, closed: { retired: 1, lost: 0 } })
  })

  it('has an idle session closed, and the next borrower served by a new one', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await ask(pool, server.url())
    server.sessions[0]?.goaway()
    await until(() => pool.stats().size === 0)
    expect(await ask(pool, server.url('/next'))).toBe('200 GET /next')
    expect(server.accepted).toBe(2)
  })

  it('has the streams that it leaves out sent again on another session, whatever their method', async () => {
    const seen: string[] = []
    const server = await bench.server(async (stream, headers) => {
      seen.push(`${headers[':path']}`)
      if (headers[':path'] === '/one') return
      if (seen.filter((path) => path === '/two').length === 1) {
        const first = (stream.id as number) - 2
        stream.session?.goaway(constants.NGHTTP2_NO_ERROR, first)
        return
      }
      stream.respond({ ':status': 200 })
      stream.end(`${headers[':method']} ${await text(stream)}`)
    })
    const pool = bench.pool()
    await pool.acquire(server.url()).then((lease) => lease.release())
    const first = pool.request(server.url('/one'))
    void first.catch(() => {})
    await until(() => seen.length === 1)
    expect(await ask(pool, server.url('/two'), { method: 'POST', body: 'sent twice' })).toBe('200 POST sent twice')
    expect(seen).toEqual(['/one', '/two', '/two'])
    expect(server.accepted).toBe(2)
  })

  it('with an error loses the session, and says with which', async () => {
    const server = await bench.server((stream) => stream.session?.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 1))
    const pool = bench.pool()
    const error = await failureOf(pool.request(server.url(), { method: 'POST', body: 'x' }))
    expect(error).toMatchObject({ code: 'ERR_HTTP2_LOST', why: 'goaway' })
    expect(error.message).toContain('ENHANCE_YOUR_CALM')
    expect(pool.stats().closed.lost).toBe(1)
  })
})

describe('closing', () => {
  it('says GOAWAY with no error, and leaves no socket', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await ask(pool, server.url())
    const [code] = await Promise.all([once(server.sessions[0] as never, 'goaway'), pool.close()])
    expect(code[0]).toBe(constants.NGHTTP2_NO_ERROR)
    await server.emptied()
    expect([pool.stats().size, [...pool.connections()]]).toEqual([0, []])
  })

  it('lets the streams under way finish', async () => {
    const { held, onStream, finish } = holding()
    const server = await bench.server(onStream)
    const pool = bench.pool()
    const asked = pool.request(server.url())
    await until(() => held.length === 1)
    const closed = pool.close()
    await expect(pool.request(server.url())).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    finish()
    expect(await text((await asked).body)).toBe('done')
    await closed
    await server.emptied()
  })

  it('ends at its deadline what does not', async () => {
    const { held, onStream } = holding()
    const server = await bench.server(onStream)
    const pool = bench.pool()
    const failed = failureOf(pool.request(server.url(), { method: 'POST', body: 'x' }))
    await until(() => held.length === 1)
    await pool.close({ timeout: 20 })
    expect(await failed).toMatchObject({ code: 'ERR_HTTP2_LOST', why: 'local' })
    await server.emptied()
  })

  it('does not wait for a peer that is frozen', async () => {
    const server = await bench.server()
    const proxy = await bench.proxy(server)
    const pool = bench.pool()
    await ask(pool, `http://localhost:${proxy.port}/`)
    proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    proxy.add({ type: 'timeout', stream: 'downstream', timeout: 0 })
    const before = performance.now()
    await pool.close()
    expect(performance.now() - before).toBeLessThan(1_000)
  })

  it('of one origin is left to `flush`: a lease goes on, and the next gets a new session', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const lease = await pool.acquire(server.url())
    pool.flush(server.url('/whatever'))
    expect((await pool.acquire(server.url())).resource).not.toBe(lease.resource)
    expect(await text(lease.resource.request({ ':path': '/still' }))).toBe('GET /still')
  })
})

describe('a name', () => {
  it('that leads elsewhere has its sessions retired, with `dns`', async () => {
    const server = await bench.server()
    let address = '127.0.0.1'
    const lookup: net.LookupFunction = (_host, _options, done) =>
      setImmediate(() => done(null, [{ address, family: 4 }] as never, 4))
    const pool = bench.pool({ dns: { maxAge: 10, lookup } })
    const retired: unknown[] = []
    pool.on('retire', ({ reason, detail }) => retired.push([reason, detail]))
    await ask(pool, server.url().replace('localhost', 'pond.test'))
    address = '127.0.0.2'
    await until(() => pool.stats().size === 0)
    expect(retired).toEqual([['retired', expect.stringContaining('127.0.0.1')]])
  })
})

it('the pool is a keyed pool of sessions by URL', () => {
  const pool: KeyedPool<string | URL, ClientHttp2Session> = bench.pool()
  expect(pool.stats()).toMatchObject({ keys: 0, size: 0, state: 'running' })
})

describe('a borrower', () => {
  it('that breaks its stream leaves the session to the others', async () => {
    const server = await bench.server((stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
    const pool = bench.pool()
    const use = pool.use(server.url(), (session) => text(session.request({ ':path': '/' })))
    await expect(use).rejects.toThrow('INTERNAL_ERROR')
    expect(pool.stats()).toMatchObject({ idle: 1, leases: 0 })
  })

  it('that destroys the session has it replaced', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const ends: unknown[] = []
    pool.on('disconnect', ({ reason, error }) => ends.push([reason, (error as Error).message]))
    const lease = await pool.acquire(server.url())
    lease.resource.destroy()
    await until(() => ends.length === 1)
    expect(ends).toEqual([['lost', expect.stringContaining('was closed')]])
    expect(await ask(pool, server.url())).toBe('200 GET /')
  })
})
