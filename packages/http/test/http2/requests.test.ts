import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { failureOf, Http2Bench } from './bench-of-pools.js'

const bench = new Http2Bench()
afterEach(() => bench.end())

const echo = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
  const { ':method': method, ':authority': authority, ':path': path, ':scheme': _, ...others } = headers
  stream.respond({ ':status': 200, method, authority, path, others: JSON.stringify(others) } as never)
  stream.pipe(stream)
}

describe('a request', () => {
  it('is answered with status, headers, body and trailers', async () => {
    const server = await bench.server((stream) => {
      stream.respond({ ':status': 203, 'X-Kind': 'pond', 'set-cookie': ['a=1', 'b=2'] }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ checksum: 'abc' }))
      stream.end('water')
    })
    const response = await bench.pool().request(server.url())
    expect(response).toMatchObject({ status: 203, httpVersion: '2.0', reused: false, trailers: {} })
    expect(response.headers).toMatchObject({ 'x-kind': 'pond', 'set-cookie': ['a=1', 'b=2'] })
    expect(Object.keys(response.headers)).not.toContain(':status')
    expect(await text(response.body)).toBe('water')
    expect(response.trailers.checksum).toBe('abc')
  })

  it.each([
    ['a text', 'höhe', 'höhe'],
    ['bytes', Buffer.from('bytes'), 'bytes'],
    ['a stream', Readable.from(['one ', 'two']), 'one two'],
    ['an iterable', ['one ', 'two'], 'one two'],
    ['a function that gives a stream', () => Readable.from(['made']), 'made'],
    ['a web stream', new Blob(['web']).stream(), 'web'],
  ])('sends a body that is %s', async (_kind, body, sent) => {
    const server = await bench.server(echo)
    const response = await bench.pool().request(server.url(), { method: 'POST', body: body as never })
    expect([response.headers.method, await text(response.body)]).toEqual(['POST', sent])
    const { 'content-length': length } = JSON.parse(`${response.headers.others}`)
    expect(length).toBe(typeof body === 'string' || Buffer.isBuffer(body) ? `${Buffer.byteLength(sent)}` : undefined)
  })

  it.each(['GET', 'DELETE', 'POST', 'PUT', 'patch'])(
    'ends with its body, or with its head where it has none (%s)',
    async (method) => {
      const server = await bench.server(echo)
      const pool = bench.pool()
      for (const body of [undefined, 'with a body']) {
        const response = await pool.request(server.url(), { method, ...(body && { body }) })
        expect([response.headers.method, await text(response.body)]).toEqual([method.toUpperCase(), body ?? ''])
      }
    },
  )

  it('sends and reads a large body, at the pace of the slower side', async () => {
    const server = await bench.server(echo)
    const large = Buffer.alloc(3_000_000, 'x')
    const response = await bench.pool().request(server.url(), { method: 'PUT', body: Readable.from([large]) })
    expect((await buffer(response.body)).equals(large)).toBe(true)
  })

  it('says its path, query and host, and leaves out what HTTP/2 forbids', async () => {
    const server = await bench.server(echo)
    const { headers, body } = await bench.pool().request(server.url('/a%20b?c=d#e'), {
      headers: {
        Host: 'pond.test',
        Connection: 'keep-alive',
        'Transfer-Encoding': 'chunked',
        TE: 'gzip',
        'X-Own': '1',
      },
    })
    expect([headers.path, headers.authority]).toEqual(['/a%20b?c=d', 'pond.test'])
    expect(JSON.parse(`${headers.others}`)).toEqual({ 'x-own': '1' })
    body.resume()
  })

  it('takes headers as `Headers`, and credentials of the URL', async () => {
    const server = await bench.server(echo)
    const headers = new Headers([
      ['accept', 'a'],
      ['accept', 'b'],
    ])
    const url = server.url().replace('//', '//jane:s%40cret@')
    const response = await bench.pool().request(url, { headers })
    expect(JSON.parse(`${response.headers.others}`)).toEqual({
      accept: 'a, b',
      authorization: `Basic ${Buffer.from('jane:s@cret').toString('base64')}`,
    })
    response.body.resume()
  })

  it.each([
    [{ headers: { 'x-own': 'a\r\nb: c' } }, 'ERR_INVALID_CHAR'],
    [{ headers: { 'x own': 'a' } }, 'ERR_INVALID_HTTP_TOKEN'],
    [{ headers: { ':path': '/other' } }, 'ERR_INVALID_HTTP_TOKEN'],
    [{ headers: 7 }, 'ERR_POOL_INVALID_OPTION'],
    [{ method: 'GET /other' }, 'ERR_POOL_INVALID_OPTION'],
    [{ method: 'CONNECT' }, 'ERR_POOL_INVALID_OPTION'],
    [{ timeout: 0 }, 'ERR_POOL_INVALID_OPTION'],
    [{ signal: {} }, 'ERR_POOL_INVALID_OPTION'],
    [{ body: 7 }, 'ERR_POOL_INVALID_OPTION'],
    [{ headres: {} }, 'ERR_POOL_INVALID_OPTION'],
    [null, 'ERR_POOL_INVALID_OPTION'],
  ])('that is malformed (%o) is refused before anything is sent', async (init, code) => {
    const server = await bench.server()
    const pool = bench.pool()
    expect(await failureOf(pool.request(server.url(), init as never))).toMatchObject({ code })
    expect([server.accepted, pool.stats().leases]).toEqual([0, 0])
  })

  it.each(['ftp://example.org/', 'nonsense', 7, null, { url: 'nonsense', tls: {} }])(
    'to %o is refused',
    async (target) => {
      const error = await failureOf(bench.pool().request(target as never))
      expect(error).toMatchObject({ code: 'ERR_POOL_INVALID_OPTION', option: 'target' })
    },
  )

  it('whose body cannot be made fails with the error of who makes it, and leaves no stream open', async () => {
    const server = await bench.server(echo)
    const pool = bench.pool()
    const broken = new Error('no body today')
    const throwing = () => {
      throw broken
    }
    const failing = async function* () {
      yield 'the beginning'
      throw broken
    }
    for (const body of [throwing, failing]) {
      expect(await failureOf(pool.request(server.url('/'), { method: 'POST', body: body as never }))).toBe(broken)
    }
    await until(() => pool.stats().leases === 0)
    expect(pool.stats().idle).toBe(1)
  })

  it('gives its lease back with the end of its stream, and not before', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const { body } = await pool.request(server.url())
    expect(pool.stats()).toMatchObject({ leases: 1, idle: 0 })
    await text(body)
    await until(() => pool.stats().leases === 0)
    expect(pool.stats()).toMatchObject({ idle: 1, size: 1 })
  })

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])(
    'whose answer has no body (%s, %i) gives it back by itself, and the body can still be read',
    async (method, status) => {
      const server = await bench.server((stream) => stream.respond({ ':status': status }, { endStream: true }))
      const pool = bench.pool()
      const { body } = await pool.request(server.url(), { method })
      await until(() => pool.stats().leases === 0)
      expect(await text(body)).toBe('')
    },
  )

  it('whose answer is not wanted any more is cancelled at the peer', async () => {
    const codes: number[] = []
    const server = await bench.server((stream) => {
      stream.on('close', () => codes.push(stream.rstCode))
      stream.respond({ ':status': 200 })
      stream.write('the beginning')
    })
    const pool = bench.pool()
    const { body } = await pool.request(server.url())
    body.destroy()
    await until(() => codes.length === 1)
    expect([codes, pool.stats().leases, pool.stats().size]).toEqual([[constants.NGHTTP2_CANCEL], 0, 1])
  })
})
