import type { Dispatcher } from 'undici'
import * as undici from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { DispatcherBench, ok, settled, via } from './bench-of-dispatchers.js'

const bench = new DispatcherBench()
afterEach(() => bench.end())

type Options = Dispatcher.DispatchOptions

const silent: Dispatcher.DispatchHandler = {
  onRequestStart() {},
  onResponseStart() {},
  onResponseData() {},
  onResponseEnd() {},
  onResponseError() {},
}

/** The error that the handler is told of, or that is thrown. */
function errorOf(dispatcher: Dispatcher, options: unknown, handler = silent): Promise<Error> {
  return new Promise((resolve) => {
    try {
      dispatcher.dispatch(options as Options, { ...handler, onResponseError: (_controller, error) => resolve(error) })
    } catch (error) {
      resolve(error as Error)
    }
  })
}

const bad: Record<string, (origin: string) => unknown> = {
  'no options': () => undefined,
  'options that are no object': () => 'GET',
  'no origin': () => ({ path: '/', method: 'GET' }),
  'an empty origin': () => ({ origin: '', path: '/', method: 'GET' }),
  'an origin that is no text': () => ({ origin: 5, path: '/', method: 'GET' }),
  'an origin with a path': (origin) => ({ origin: `${origin}/path`, path: '/', method: 'GET' }),
  'an origin with another scheme': () => ({ origin: 'ftp://localhost', path: '/', method: 'GET' }),
  'a path that is no text': (origin) => ({ origin, path: 1, method: 'GET' }),
  'a path without a slash': (origin) => ({ origin, path: 'x', method: 'GET' }),
  'a path with a line break': (origin) => ({ origin, path: '/\r\nX: y', method: 'GET' }),
  'a method with a space': (origin) => ({ origin, path: '/', method: 'GE T' }),
  'a method that is no text': (origin) => ({ origin, path: '/', method: 1 }),
  'a header name with a line break': (origin) => ({ origin, path: '/', method: 'GET', headers: { 'a\r\nb': 'c' } }),
  'a header value with a line break': (origin) => ({ origin, path: '/', method: 'GET', headers: ['a', 'b\r\nX: y'] }),
  'an odd list of headers': (origin) => ({ origin, path: '/', method: 'GET', headers: ['a'] }),
  'a transfer-encoding of its own': (origin) => ({
    origin,
    path: '/',
    method: 'POST',
    headers: { 'transfer-encoding': 'chunked' },
  }),
  'two lengths': (origin) => ({
    origin,
    path: '/',
    method: 'POST',
    headers: ['content-length', '1', 'content-length', '2'],
    body: 'a',
  }),
  'a length that is no number': (origin) => ({
    origin,
    path: '/',
    method: 'POST',
    headers: { 'content-length': '1x' },
  }),
  'a body that is none': (origin) => ({ origin, path: '/', method: 'POST', body: 5 }),
  'a bad timeout': (origin) => ({ origin, path: '/', method: 'GET', headersTimeout: -1 }),
}

describe('what undici refuses is refused in its words, and costs no connection:', () => {
  it.each(Object.keys(bad))('%s', async (name) => {
    const server = await bench.http()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const reference = new undici.Agent({ connections: 1 })
    // Once with no connection at hand, and once with one.
    for (let turn = 0; turn < 2; turn++) {
      const options = bad[name]?.(server.origin)
      const expected = await errorOf(reference, options)
      const actual = await errorOf(dispatcher, options)
      expect({ ...actual, message: actual.message }).toEqual({ ...expected, message: expected.message })
      expect(actual).toBeInstanceOf(expected.constructor)
      const { body } = await undici.request(server.url('/fine'), { dispatcher })
      expect(await body.text()).toBe('GET /fine')
      await settled()
    }
    expect(dispatcher.stats()).toMatchObject({ opened: 1, size: 1, idle: 1 })
    await reference.destroy()
  })

  it('a length that the body does not have', async () => {
    const server = await bench.http()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const wrong = undici.request(server.url(), {
      dispatcher,
      method: 'POST',
      headers: { 'content-length': '9' },
      body: 'a',
    })
    await expect(wrong).rejects.toMatchObject({ code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH' })
    const { body } = await undici.request(server.url('/fine'), { dispatcher })
    expect(await body.text()).toBe('GET /fine')
  })

  it('a handler without the methods it needs, or that is none', async () => {
    const dispatcher = bench.dispatcher()
    const send = (handler: object) =>
      dispatcher.dispatch({ origin: 'http://localhost', path: '/', method: 'GET' }, handler as typeof silent)
    expect(() => send(undefined as never)).toThrow('handler must be an object')
    expect(() => send({ onConnect() {} })).toThrow('invalid onError method')
    const errors: Error[] = []
    const onError = (error: Error) => errors.push(error)
    send({ onError })
    send({ onError, onConnect() {} })
    send({ onError, onConnect() {}, onHeaders() {} })
    expect(errors.map(({ message }) => message)).toEqual([
      'invalid onConnect method',
      'invalid onHeaders method',
      'invalid onData method',
    ])
    for (const error of errors) expect(error).toBeInstanceOf(undici.errors.InvalidArgumentError)
  })
})

describe('a request that gets no connection', () => {
  it('has Node’s own error, a copy for each', async () => {
    const server = await bench.http()
    const { port } = server
    const url = `http://127.0.0.1:${port}/`
    await server.close()
    const dispatcher = bench.dispatcher()
    const ask = () => undici.request(url, { dispatcher }).catch((error) => error)
    const errors = await Promise.all([ask(), ask()])
    for (const error of errors) expect(error).toMatchObject({ code: 'ECONNREFUSED', port, syscall: 'connect' })
    expect(errors[0]).not.toBe(errors[1])
    await expect(fetch(url, via(dispatcher))).rejects.toMatchObject({
      cause: { code: 'ECONNREFUSED' },
    })
  })

  it('in time has undici’s ConnectTimeoutError', async () => {
    const dispatcher = bench.dispatcher({ connector: () => {}, connect: { timeout: 20 } })
    await expect(undici.request('http://nowhere.test/', { dispatcher })).rejects.toMatchObject({
      name: 'ConnectTimeoutError',
      code: 'UND_ERR_CONNECT_TIMEOUT',
    })
  })

  it('has the error of a connector that throws or calls back with one', async () => {
    const oops = Object.assign(new Error('oops'), { code: 'EOOPS' })
    const connectors: undici.buildConnector.connector[] = [
      () => {
        throw oops
      },
      (_options, callback) => callback(oops, null),
    ]
    for (const connector of connectors) {
      const dispatcher = bench.dispatcher({ connector })
      await expect(undici.request('http://nowhere.test/', { dispatcher })).rejects.toMatchObject({ code: 'EOOPS' })
    }
  })
})

describe('an answer that is none fails with undici’s own error, and ends its connection:', () => {
  const broken: Record<string, string> = {
    'one that is not HTTP': 'garbage\r\n\r\n',
    'two lengths that differ': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
    'a length and chunks': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok',
    'a head that is too large': `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    'an upgrade that nobody asked for': 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  }
  it.each(Object.entries(broken))('%s', async (_name, answer) => {
    const server = await bench.raw((socket) => {
      socket.on('data', (data) => socket.write(String(data).startsWith('GET /broken') ? answer : ok()))
    })
    const dispatcher = bench.dispatcher()
    const reference = new undici.Agent()
    const ask = async (path: string, through: Dispatcher) =>
      (await undici.request(server.url(path), { dispatcher: through })).body.text()
    const errors: { code: string; message: string }[] = []
    for (const through of [reference, dispatcher]) {
      expect(await ask('/fine', through)).toBe('ok')
      errors.push(await ask('/broken', through).catch((error) => error))
    }
    await reference.destroy()
    const [expected, actual] = errors
    expect(expected).toBeInstanceOf(Error)
    expect(actual).toBeInstanceOf(Object(expected).constructor)
    expect(actual).toMatchObject({ code: expected?.code, message: expected?.message })
    expect(dispatcher.stats()).toMatchObject({ idle: 0, resent: 0, stale: 0, closed: { destroyed: 1 } })
  })

  it('one that is cut off', async () => {
    const server = await bench.raw((socket) => {
      socket.on('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'))
    })
    const dispatcher = bench.dispatcher()
    const { body } = await undici.request(server.url(), { dispatcher })
    await expect(body.text()).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' })
    expect(dispatcher.stats()).toMatchObject({ size: 0 })
  })

  it('one that does not come in time', async () => {
    const { server } = await bench.holding()
    const dispatcher = bench.dispatcher({ headersTimeout: 5 })
    await expect(undici.request(server.url(), { dispatcher })).rejects.toMatchObject({
      code: 'UND_ERR_HEADERS_TIMEOUT',
    })
    await settled()
    expect(dispatcher.stats()).toMatchObject({ size: 0, leases: 0 })
  })

  it('one that is too large', async () => {
    const server = await bench.http((_request, response) => response.end('x'.repeat(1_000)))
    const dispatcher = bench.dispatcher({ maxResponseSize: 100 })
    const { body } = await undici.request(server.url(), { dispatcher })
    await expect(body.text()).rejects.toMatchObject({ code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' })
  })
})

describe('a handler that throws', () => {
  it('fails its request, and the connection is not used again', async () => {
    const server = await bench.http()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const oops = new Error('oops')
    for (const name of ['onRequestStart', 'onResponseStart', 'onResponseData', 'onResponseEnd'] as const) {
      const handler = {
        ...silent,
        [name]() {
          throw oops
        },
      }
      expect(await errorOf(dispatcher, { origin: server.origin, path: '/', method: 'GET' }, handler)).toBe(oops)
      const { body } = await undici.request(server.url('/next'), { dispatcher })
      expect(await body.text()).toBe('GET /next')
    }
    await settled()
    expect(dispatcher.stats()).toMatchObject({ leases: 0, size: 1 })
  })
})
