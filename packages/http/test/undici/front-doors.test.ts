import { once } from 'node:events'
import type http from 'node:http'
import type net from 'node:net'
import { PassThrough, Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as undici from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { DispatcherBench, expectSound, ok, settled, via } from './bench-of-dispatchers.js'

const bench = new DispatcherBench()
afterEach(() => bench.end())

const echoing: http.RequestListener = (request, response) => {
  response.setHeader('x-method', request.method as string)
  request.pipe(response)
}

const collect = (into: string[]) =>
  new Writable({
    write(chunk, _encoding, done) {
      into.push(String(chunk))
      done()
    },
  })

describe('a dispatcher carries', () => {
  it('the fetch that is built into Node, with and without a body', async () => {
    const server = await bench.http(echoing)
    const dispatcher = bench.dispatcher()
    const get = await fetch(server.url('/'), via(dispatcher))
    expect([get.status, await get.text()]).toEqual([200, ''])
    const post = await fetch(server.url('/'), via(dispatcher, { method: 'POST', body: 'sent' }))
    expect(await post.text()).toBe('sent')
    expect(post.headers.get('x-method')).toBe('POST')
    expect(dispatcher.stats()).toMatchObject({ opened: 1, acquired: 2 })
  })

  it('the fetch of undici, and a streamed request body', async () => {
    const server = await bench.http(echoing)
    const dispatcher = bench.dispatcher()
    const body = Readable.toWeb(Readable.from([Buffer.from('one '), Buffer.from('two')]))
    const response = await undici.fetch(server.url(), {
      dispatcher,
      method: 'PUT',
      body: body as never,
      duplex: 'half',
    })
    expect(await response.text()).toBe('one two')
  })

  it('undici.request', async () => {
    const server = await bench.http(echoing)
    const dispatcher = bench.dispatcher()
    for (const body of ['text', Buffer.from('bytes'), Readable.from(['str', 'eam'])]) {
      const answer = await undici.request(server.url('/?q=1'), { dispatcher, method: 'POST', body })
      expect(['text', 'bytes', 'stream']).toContain(await answer.body.text())
    }
    expect(dispatcher.stats()).toMatchObject({ opened: 1, acquired: 3 })
  })

  it('undici.stream and undici.pipeline', async () => {
    const server = await bench.http(echoing)
    const dispatcher = bench.dispatcher()
    const streamed: string[] = []
    await undici.stream(server.url(), { dispatcher, method: 'POST', body: 'streamed' }, () => collect(streamed))
    expect(streamed.join('')).toBe('streamed')
    const piped: string[] = []
    const duplex = undici.pipeline(server.url(), { dispatcher, method: 'PUT' }, ({ body }) => body)
    await pipeline(Readable.from(['pip', 'ed']), duplex, collect(piped))
    expect(piped.join('')).toBe('piped')
    expect(dispatcher.stats().opened).toBe(1)
  })

  it('undici.upgrade, whose socket leaves the pool with nothing of it', async () => {
    const server = await bench.http()
    server.server.on('upgrade', (_request, socket: net.Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const { socket } = await undici.upgrade(server.url(), { dispatcher, protocol: 'echo' })
    expect(dispatcher.stats()).toMatchObject({ size: 0, leases: 0, closed: { detached: 1 } })
    socket.write('ping')
    expect(String((await once(socket, 'data'))[0])).toBe('ping')
    // Its room is free.
    const answer = await undici.request(server.url(), { dispatcher })
    await answer.body.dump()
    await dispatcher.close()
    socket.write('still mine')
    expect(String((await once(socket, 'data'))[0])).toBe('still mine')
    socket.destroy()
  })

  it('undici.connect, whose socket leaves the pool', async () => {
    const server = await bench.http()
    server.server.on('connect', (_request, socket: net.Socket) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(socket)
    })
    const dispatcher = bench.dispatcher()
    const { socket } = await undici.connect(server.url(), { dispatcher })
    socket.write('through the tunnel')
    expect(String((await once(socket, 'data'))[0])).toBe('through the tunnel')
    expect(dispatcher.stats()).toMatchObject({ size: 0, closed: { detached: 1 } })
    socket.destroy()
  })

  it('a WebSocket', async () => {
    const { WebSocketServer } = await import('ws')
    const server = await bench.http()
    const sockets = new WebSocketServer({ server: server.server as http.Server })
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${data}`)))
    const dispatcher = bench.dispatcher()
    const socket = new undici.WebSocket(server.url().replace('http', 'ws'), { dispatcher })
    await once(socket, 'open')
    socket.send('hello')
    const [event] = (await once(socket, 'message')) as [MessageEvent]
    expect(event.data).toBe('echo hello')
    expect(dispatcher.stats()).toMatchObject({ size: 0, closed: { detached: 1 } })
    socket.close()
    await once(socket, 'close')
  })

  it('everything that names no dispatcher, as the global one', async () => {
    const server = await bench.http()
    const dispatcher = bench.dispatcher()
    const before = undici.getGlobalDispatcher()
    undici.setGlobalDispatcher(dispatcher)
    try {
      expect(await (await undici.request(server.url('/a'))).body.text()).toBe('GET /a')
      expect(await (await fetch(server.url('/b'))).text()).toBe('GET /b')
    } finally {
      undici.setGlobalDispatcher(before)
    }
    expect(dispatcher.stats().acquired).toBe(2)
  })

  it('interceptors, alone and composed', async () => {
    let count = 0
    const server = await bench.http((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/here' }).end()
      else response.writeHead(count++ === 0 ? 503 : 200).end(`at ${request.url}`)
    })
    const dispatcher = bench.dispatcher()
    const { redirect, retry, dump } = undici.interceptors
    const composed = dispatcher.compose(retry({ minTimeout: 1 }), redirect({ maxRedirections: 2 }))
    const answer = await undici.request(server.url('/moved'), { dispatcher: composed })
    expect([answer.statusCode, await answer.body.text()]).toEqual([200, 'at /here'])
    const dumped = await undici.request(server.url('/'), { dispatcher: dispatcher.compose(dump()) })
    expect(await dumped.body.text()).toBe('')
    // What compose gives is the same dispatcher, but for dispatch.
    expect((composed as typeof dispatcher).stats()).toEqual(dispatcher.stats())
    await composed.close()
    expect(dispatcher.closed).toBe(true)
  })

  it('a request that waits in the queue, through an interceptor as well', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const composed = dispatcher.compose(undici.interceptors.retry({ minTimeout: 1 }))
    const first = undici.request(server.url(), { dispatcher: composed })
    const second = undici.request(server.url(), { dispatcher: composed })
    const third = undici.fetch(server.url(), { dispatcher: composed })
    for (const text of ['a', 'b', 'c']) (await next()).end(text)
    expect([await (await first).body.text(), await (await second).body.text()]).toEqual(['a', 'b'])
    expect(await (await third).text()).toBe('c')
  })

  it('large bodies with back-pressure in both directions', async () => {
    const server = await bench.http(echoing)
    const dispatcher = bench.dispatcher()
    const size = 8 * 1024 * 1024
    const chunk = Buffer.alloc(64 * 1024, 'x')
    const source = Readable.from(
      (function* () {
        for (let sent = 0; sent < size; sent += chunk.length) yield chunk
      })(),
    )
    const { body } = await undici.request(server.url(), { dispatcher, method: 'POST', body: source })
    let received = 0
    const slow = new PassThrough({ highWaterMark: 1024 })
    slow.on('data', (data: Buffer) => {
      received += data.length
      slow.pause()
      setImmediate(() => slow.resume())
    })
    await pipeline(body, slow)
    expect(received).toBe(size)
    await settled()
    expect(dispatcher.stats()).toMatchObject({ idle: 1, opened: 1 })
  })

  it('requests of old and new handlers alike', async () => {
    const server = await bench.http()
    const dispatcher = bench.dispatcher()
    const legacy = await new Promise<string>((resolve, reject) => {
      let text = ''
      dispatcher.dispatch({ origin: server.origin, path: '/old', method: 'GET' }, {
        onConnect() {},
        onHeaders: () => true,
        onData: (chunk: Buffer) => {
          text += chunk
          return true
        },
        onComplete: () => resolve(text),
        onError: reject,
      } as undici.Dispatcher.DispatchHandler)
    })
    const modern = await new Promise<string>((resolve, reject) => {
      let text = ''
      dispatcher.dispatch(
        { origin: server.origin, path: '/new', method: 'GET' },
        {
          onRequestStart() {},
          onResponseStart(_controller, _status, headers) {
            text += `${headers['content-length']}: `
          },
          onResponseData(_controller, chunk) {
            text += chunk
          },
          onResponseEnd: () => resolve(text),
          onResponseError: (_controller, error) => reject(error),
        },
      )
    })
    expect([legacy, modern]).toEqual(['GET /old', '8: GET /new'])
  })

  it('pipelined requests where that is asked for', async () => {
    let most = 0
    const server = await bench.raw((socket) => {
      let pending = 0
      socket.on('data', (data) => {
        pending += String(data).split('GET ').length - 1
        most = Math.max(most, pending)
        setTimeout(() => {
          socket.write(ok().repeat(pending))
          pending = 0
        }, 10)
      })
    })
    const dispatcher = bench.dispatcher({ perKey: 1, pipelining: 4 })
    const texts = async () => {
      const answers = Array.from({ length: 8 }, async () => {
        const { body } = await undici.request(server.url(), { dispatcher, blocking: false })
        return body.text()
      })
      return Promise.all(answers)
    }
    await texts()
    expect(await texts()).toEqual(Array(8).fill('ok'))
    expect(most).toBeGreaterThan(1)
    expect(dispatcher.stats().opened).toBe(1)
    expectSound(dispatcher)
  })
})
