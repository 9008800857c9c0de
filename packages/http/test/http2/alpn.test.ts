import type http2 from 'node:http2'
import { constants } from 'node:http2'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { certificates } from '../../../tcp/test/certificates.js'
import { until } from '../../../tcp/test/until.js'
import type { Http2Pool } from '../../src/http2.js'
import { TestServer } from '../agent/test-server.js'
import { ask, failureOf, Http2Bench } from './bench-of-pools.js'
import { TestHttp2Server } from './test-http2-server.js'

const bench = new Http2Bench()
afterEach(() => bench.end())

const http1 = async (listener?: Parameters<typeof TestServer.https>[0]) =>
  bench.keep(
    await TestServer.https(listener ?? ((request, response) => response.end(`${request.method} ${request.url}`))),
  )

describe('an https origin', () => {
  it('that chooses HTTP/2 is spoken with by that', async () => {
    const server = await bench.server(undefined, { isTls: true, allowHTTP1: true })
    const pool = bench.pool()
    const { httpVersion, body } = await pool.request(server.url())
    expect([httpVersion, await text(body), pool.http1?.stats().opened]).toEqual(['2.0', 'GET /', 0])
  })

  it('that chooses HTTP/1.1 is answered by that, on the very socket on which it did', async () => {
    const server = await http1()
    const pool = bench.pool()
    const responses = []
    for (const path of ['/a', '/b', '/c']) {
      const { status, httpVersion, body, reused } = await pool.request(server.url(path))
      responses.push([status, httpVersion, await text(body), reused])
      await until(() => pool.http1?.stats().idle === 1)
    }
    expect(responses).toEqual([
      [200, '1.1', 'GET /a', false],
      [200, '1.1', 'GET /b', true],
      [200, '1.1', 'GET /c', true],
    ])
    expect(server.accepted).toBe(1)
    expect(pool.stats()).toMatchObject({ size: 0, closed: { 'connect-failed': 1 } })
  })

  it('that chooses HTTP/1.1 has what had been sent to HTTP/2 meanwhile answered, too', async () => {
    const server = await http1()
    const pool = bench.pool({ connect: { retry: false } })
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(pool, server.url(`/${n}`))))
    expect(answers).toEqual(Array.from({ length: 20 }, (_, n) => `200 GET /${n}`))
  })

  it('that chooses HTTP/1.1 is answered at once, though the pool keeps waiters through failed opens', async () => {
    const server = await http1()
    const pool = bench.pool({ connect: { retry: true } })
    const answers = await Promise.all(
      Array.from({ length: 5 }, (_, n) => ask(pool, server.url(`/${n}`), { timeout: 2_000 })),
    )
    expect(answers).toHaveLength(5)
  })

  it('sends and receives by HTTP/1.1 as by HTTP/2', async () => {
    const server = await http1((request, response) => {
      response.writeHead(201, { trailer: 'checksum', 'x-host': `${request.headers.host}`, connection: 'close' })
      request.pipe(response, { end: false })
      request.on('end', () => {
        response.addTrailers({ checksum: 'abc' })
        response.end()
      })
    })
    const pool = bench.pool()
    for (const body of ['bytes', () => new Blob(['bytes']).stream()]) {
      const response = await pool.request(server.url(), {
        method: 'POST',
        body: body as string,
        headers: { host: 'pond.test' },
      })
      expect([response.status, response.headers['x-host']]).toEqual([201, 'pond.test'])
      expect(await text(response.body)).toBe('bytes')
      expect(response.trailers).toEqual({ checksum: 'abc' })
    }
  })

  it('is given up by HTTP/1.1 as by HTTP/2', async () => {
    let asked = 0
    const server = await http1((request, response) => {
      asked++
      if (request.url === '/begin') response.write('the beginning')
    })
    const clock = virtualClock()
    const pool = bench.pool({ clock })
    const timedOut = failureOf(pool.request(server.url(), { timeout: 1_000 }))
    await until(() => asked === 1)
    await clock.advance(1_000)
    expect(await timedOut).toMatchObject({ name: 'TimeoutError', code: 'ERR_HTTP2_REQUEST_TIMEOUT' })
    const aborter = new AbortController()
    const aborted = failureOf(pool.request(server.url(), { signal: aborter.signal }))
    await until(() => asked === 2)
    aborter.abort('enough')
    expect(await aborted).toMatchObject({ name: 'AbortError', cause: 'enough' })
    const later = new AbortController()
    const { body } = await pool.request(server.url('/begin'), { signal: later.signal })
    const read = failureOf(text(body))
    later.abort('now')
    expect(await read).toMatchObject({ name: 'AbortError', cause: 'now' })
    await until(() => pool.http1?.stats().size === 0)
  })

  it('that speaks HTTP/1.1 only has an acquire rejected, and says why', async () => {
    const server = await http1()
    const pool = bench.pool()
    const error = await failureOf(pool.acquire(server.url()))
    expect(error).toMatchObject({
      code: 'ERR_POOL_CONNECT',
      cause: { code: 'ERR_HTTP2_HTTP1_ONLY', protocol: 'http/1.1' },
    })
    expect(error.message).toContain('does not speak HTTP/2')
    await pool.close()
    await server.emptied()
  })

  it('that speaks HTTP/1.1 only has a request rejected with `http1: false`', async () => {
    const server = await http1()
    const pool = bench.pool({ http1: false })
    expect(pool.http1).toBeUndefined()
    const error = await failureOf(pool.request(server.url()))
    expect(error).toMatchObject({ code: 'ERR_POOL_CONNECT' })
    await server.emptied()
  })

  it('that chose HTTP/1.1 is asked again after a flush, or ten minutes later', async () => {
    let choice = 'http/1.1'
    const server = await bench.server(undefined, { isTls: true, allowHTTP1: true, ALPNCallback: () => choice })
    server.server.on('request', (request, response) => {
      if (request.httpVersion === '1.1') response.end('old')
    })
    const clock = virtualClock()
    for (const pass of [(pool: Http2Pool) => pool.flush(server.url()), () => clock.advance(600_001)]) {
      const pool = bench.pool({ clock })
      choice = 'http/1.1'
      expect(await ask(pool, server.url())).toBe('200 old')
      choice = 'h2'
      expect(await ask(pool, server.url())).toBe('200 old')
      await pass(pool)
      const asked = ask(pool, server.url())
      // The open that found HTTP/1.1 counts as failed, and the next waits for the backoff.
      await clock.advance(1_000)
      expect(await asked).toBe('200 GET /')
    }
  })

  it('that knows no ALPN is answered by HTTP/1.1', async () => {
    const server = bench.keep(
      await TestServer.https((request, response) => response.end(request.httpVersion), { ALPNProtocols: [] }),
    )
    expect(await ask(bench.pool(), server.url())).toBe('200 1.1')
  })

  it('that wants one request by HTTP/1.1 (HTTP_1_1_REQUIRED) gets that one so, and no other', async () => {
    const server = await bench.server(
      (stream, headers) => {
        if (headers[':path'] === '/old') stream.close(constants.NGHTTP2_HTTP_1_1_REQUIRED)
        else stream.respond({ ':status': 200 }, { endStream: true })
      },
      { isTls: true, allowHTTP1: true },
    )
    server.server.on('request', (request, response) => {
      if (request.httpVersion === '1.1') response.end('old way')
    })
    const pool = bench.pool()
    expect(await ask(pool, server.url('/old'))).toBe('200 old way')
    expect((await pool.request(server.url('/new'))).httpVersion).toBe('2.0')
  })
})

describe('an http origin', () => {
  it('that speaks HTTP/1.1 only is refused at once, and says why', async () => {
    const server = bench.keep(await TestServer.http((_request, response) => response.end()))
    const error = await failureOf(bench.pool().request(server.url()))
    expect(error).toMatchObject({ code: 'ERR_POOL_CONNECT', cause: { code: 'ERR_HTTP2_PREFACE' } })
    await server.emptied()
  })
})

describe('TLS', () => {
  /** Says whose certificate it was shown. */
  const asking = () =>
    bench.server(
      (stream) => {
        const { socket } = stream.session as http2.Http2Session
        const { subject } = (socket as tls.TLSSocket).getPeerCertificate()
        stream.respond({ ':status': 200 })
        stream.end(`${subject?.CN ?? 'nobody'}`)
      },
      { isTls: true, requestCert: true, rejectUnauthorized: false, ca: certificates.authority },
    )

  it('keeps targets with other credentials apart, and those with the same together', async () => {
    const server = await asking()
    const pool = bench.pool()
    const tls = { key: certificates.key, cert: certificates.good }
    const known = await ask(pool, { url: server.url(), tls } as never)
    expect([await ask(pool, server.url()), known]).toEqual(['200 nobody', expect.not.stringContaining('nobody')])
    expect(await ask(pool, { url: server.url('/again'), tls: { ...tls } } as never)).toBe(known)
    expect(server.accepted).toBe(2)
    const keys = [...pool.connections()].map(({ key }) => `${key}`)
    expect(new Set(keys).size).toBe(2)
    for (const key of keys) expect(key).not.toContain('PRIVATE')
    pool.flush({ url: server.url(), tls })
    expect(await ask(pool, server.url())).toBe('200 nobody')
    expect(server.accepted).toBe(2)
  })

  it('keeps a server name of its own apart', async () => {
    const server = await asking()
    const pool = bench.pool()
    await ask(pool, server.url())
    await expect(pool.request({ url: server.url(), tls: { servername: 'other.test' } })).rejects.toMatchObject({
      code: 'ERR_POOL_CONNECT',
    })
  })

  it('refuses a certificate that it cannot verify', async () => {
    const server = await TestHttp2Server.start({ isTls: true, cert: certificates.expired })
    bench.keep(server)
    const error = await failureOf(bench.pool().request(server.url()))
    expect(error).toMatchObject({ code: 'ERR_POOL_CONNECT', cause: { code: 'CERT_HAS_EXPIRED' } })
  })

  it('has one secure context for all origins', async () => {
    const made = vi.spyOn(tls, 'createSecureContext')
    const servers = await Promise.all([1, 2, 3].map(() => bench.server(undefined, { isTls: true })))
    const pool = bench.pool()
    made.mockClear()
    for (const server of servers) await ask(pool, server.url())
    expect(made.mock.calls.filter(([given]) => given?.ca === certificates.authority)).toHaveLength(1)
    made.mockRestore()
  })

  it('resumes the last session of a peer', async () => {
    const reused: boolean[] = []
    const server = await bench.server(undefined, { isTls: true })
    server.server.on('secureConnection', (socket) => reused.push(socket.isSessionReused()))
    const pool = bench.pool()
    await ask(pool, server.url())
    pool.flush()
    await until(() => pool.stats().size === 0)
    const lease = await pool.acquire(server.url())
    expect(reused).toHaveLength(2)
    lease.release()
  })
})
