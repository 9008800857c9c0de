import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { AgentBench } from './bench-of-agents.js'
import { ask, begin, errorOf } from './request.js'

const bench = new AgentBench()
afterEach(() => bench.end())

/** A server that has an answer for each request on a connection, the last one again and again. */
const scripted = (...answers: string[]) =>
  bench.raw((socket) => {
    let count = 0
    socket.on('data', () => socket.write(answers[Math.min(count++, answers.length - 1)] as string))
  })

const ok = (headers = '') => `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${headers}\r\nok`
const head = (headers = '') => `HTTP/1.1 200 OK\r\n${headers}\r\n`

/** The connection of the last request is back, or gone. */
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe('a connection is used again', () => {
  it('after an answer without a body, and after one to HEAD', async () => {
    const server = await scripted('HTTP/1.1 204 No Content\r\n\r\n', head('Content-Length: 5\r\n'), ok())
    const agent = bench.agent()
    expect(await ask(server.url(), { agent })).toMatchObject({ status: 204 })
    expect(await ask(server.url(), { agent, method: 'HEAD' })).toMatchObject({ reused: true })
    expect(await ask(server.url(), { agent })).toMatchObject({ text: 'ok', reused: true })
  })

  it('after 100 Continue was waited for', async () => {
    const server = await bench.http((request, response) => request.pipe(response))
    const agent = bench.agent()
    for (const reused of [false, true]) {
      const request = http.request(server.url(), { agent, method: 'PUT', headers: { Expect: '100-continue' } })
      request.flushHeaders()
      await once(request, 'continue')
      request.end('asked first')
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      expect(await response.toArray().then(String)).toBe('asked first')
      expect(request.reusedSocket).toBe(reused)
      await settled()
    }
  })

  it('after early hints', async () => {
    const server = await scripted(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok()}`)
    const agent = bench.agent()
    for (const reused of [false, true]) expect(await ask(server.url(), { agent })).toMatchObject({ text: 'ok', reused })
  })

  it('with no time limit of the request before', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    const first = begin(server.url(), { agent, timeout: 10_000 })
    const [response] = (await once(first, 'response')) as [http.IncomingMessage]
    expect(response.socket.timeout).toBe(10_000)
    first.setTimeout(5_000)
    await response.toArray()
    await settled()
    const [[socket]] = Object.values(agent.freeSockets) as [[net.Socket]]
    expect(socket.timeout).toBe(0)
    expect(socket.listenerCount('timeout')).toBe(0)
  })

  it('with no time limit that a caller has set on the socket itself', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    const request = begin(server.url(), { agent })
    request.on('socket', (socket) => socket.setTimeout(1_234))
    await once(
      request.on('response', (response) => response.resume()),
      'close',
    )
    await settled()
    expect((Object.values(agent.freeSockets) as [[net.Socket]])[0][0].timeout).toBe(0)
  })

  it('with as many listeners as before', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    const counts: string[] = []
    for (let i = 0; i < 4; i++) {
      await ask(server.url(), { agent })
      await settled()
      const [[socket]] = Object.values(agent.freeSockets) as [[net.Socket]]
      counts.push(
        socket
          .eventNames()
          .map((name) => `${String(name)} ${socket.listenerCount(name)}`)
          .sort()
          .join(),
      )
    }
    expect(new Set(counts).size).toBe(1)
  })
})

describe('a connection is not used again', () => {
  it('after Connection: close', async () => {
    const server = await bench.http((_request, response) => {
      response.setHeader('Connection', 'close')
      response.end('ok')
    })
    const agent = bench.agent()
    for (let i = 0; i < 3; i++) expect(await ask(server.url(), { agent })).toMatchObject({ reused: false })
    await server.emptied()
    await settled()
    expect(agent.stats().closed.retired).toBe(3)
  })

  it('after an answer of HTTP/1.0, or one that ends with the connection', async () => {
    const server = await bench.raw((socket) => {
      socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\nall of it'))
    })
    const agent = bench.agent()
    for (let i = 0; i < 2; i++)
      expect(await ask(server.url(), { agent })).toMatchObject({ text: 'all of it', reused: false })
  })

  it('when the request asked for Connection: close', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    const headers = { Connection: 'close' }
    for (let i = 0; i < 2; i++) expect(await ask(server.url(), { agent, headers })).toMatchObject({ reused: false })
  })

  it('when its answer was read in part', async () => {
    const server = await bench.http((_request, response) => response.end(Buffer.alloc(1_000_000)))
    const agent = bench.agent({ perKey: 1 })
    const request = begin(server.url(), { agent })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    await once(response, 'data')
    response.destroy()
    expect(await ask(server.url(), { agent })).toMatchObject({ reused: false })
  })

  it('when its request was destroyed before the answer', async () => {
    const server = await bench.http((request, response) => {
      if (request.url === '/slow') request.on('close', () => response.end())
      else response.end('fast')
    })
    const agent = bench.agent({ perKey: 1 })
    await ask(server.url(), { agent })
    const request = begin(server.url('/slow'), { agent })
    const failed = errorOf(request)
    await once(server.server, 'request')
    request.destroy()
    expect(await failed).toMatchObject({ code: 'ECONNRESET', message: 'socket hang up' })
    expect(await ask(server.url(), { agent })).toMatchObject({ text: 'fast', reused: false })
  })

  it('when bytes come that nobody asked for, with the answer, after it or while it is idle', async () => {
    for (const delay of [undefined, 'unread', 'idle'] as const) {
      let peer: net.Socket | undefined
      const server = await bench.raw((socket) => {
        peer = socket
        socket.on('data', () => socket.write(delay === undefined ? `${ok()}HTTP/1.1 200 OK\r\n` : ok()))
      })
      const agent = bench.agent()
      const request = begin(server.url(), { agent }).on('error', () => {})
      const [response] = (await once(request, 'response')) as [http.IncomingMessage]
      const more = async () => {
        const seen = once(request.socket as net.Socket, 'data')
        peer?.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged')
        await seen
      }
      if (delay === 'unread') {
        const ends = once(response, 'end')
        response.pause()
        while (!response.complete) await settled()
        await more()
        response.resume()
        await ends
      } else await response.toArray()
      await settled()
      if (delay === 'idle') await more()
      expect(agent.stats()).toMatchObject({ size: 0, closed: { lost: 1 } })
      const next = await ask(server.url(), { agent })
      expect(next).toMatchObject({ text: 'ok', reused: false })
      expect(server.accepted).toBe(2)
    }
  })

  it('when it was closed while idle, which is noticed at once', async () => {
    let peer: net.Socket | undefined
    const server = await bench.http((request, response) => {
      peer = request.socket
      response.end()
    })
    const agent = bench.agent()
    await ask(server.url(), { agent })
    await settled()
    const lost = once(agent, 'disconnect')
    peer?.end()
    expect((await lost)[0]).toMatchObject({ reason: 'lost', uses: 1 })
    expect(await ask(server.url(), { agent })).toMatchObject({ reused: false })
  })

  it('after lifetime.maxUses requests', async () => {
    const server = await bench.http()
    const agent = bench.agent({ lifetime: { maxUses: 2 } })
    const reused = []
    for (let i = 0; i < 5; i++) reused.push((await ask(server.url(), { agent })).reused)
    expect(reused).toEqual([false, true, false, true, false])
  })

  it('after lifetime.maxAge', async () => {
    const server = await bench.http()
    const clock = virtualClock()
    const agent = bench.agent({ lifetime: { maxAge: 1_000, jitter: 0 }, idle: { timeout: 100_000 }, clock })
    await ask(server.url(), { agent })
    await clock.advance(999)
    expect(await ask(server.url(), { agent })).toMatchObject({ reused: true })
    await settled()
    const closed = once(agent, 'disconnect')
    await clock.advance(2)
    expect((await closed)[0]).toMatchObject({ reason: 'age' })
    expect(await ask(server.url(), { agent })).toMatchObject({ reused: false })
  })

  it('after idle.timeout, 4 s unless told otherwise', async () => {
    const server = await scripted(ok())
    const clock = virtualClock()
    const agent = bench.agent({ clock })
    await ask(server.url(), { agent })
    await settled()
    const closed = once(agent, 'disconnect')
    await clock.advance(4_000 + 25)
    expect((await closed)[0]).toMatchObject({ reason: 'idle' })
  })
})

describe('the Keep-Alive header of a server', () => {
  it('has the connection closed the margin before its timeout, and no later', async () => {
    const server = await scripted(ok('Keep-Alive: timeout=5\r\n'))
    const clock = virtualClock()
    const agent = bench.agent({ clock, idle: { timeout: 60_000 }, keepAliveMargin: 2_000 })
    await ask(server.url(), { agent })
    await settled()
    await clock.advance(2_999)
    expect(await ask(server.url(), { agent })).toMatchObject({ reused: true })
    await settled()
    const closed = once(agent, 'disconnect')
    await clock.advance(3_000)
    expect((await closed)[0]).toMatchObject({ reason: 'retired', uses: 2 })
    expect(agent.stats().size).toBe(0)
  })

  it('is heeded when the clock has gone on though no timer could run', async () => {
    const server = await scripted(ok('Keep-Alive: timeout=5\r\n'))
    const clock = virtualClock()
    let ahead = 0
    const asleep = {
      now: () => clock.now() + ahead,
      setTimeout: clock.setTimeout.bind(clock),
      clearTimeout: clock.clearTimeout.bind(clock),
    }
    const agent = bench.agent({ clock: asleep, idle: { timeout: 60_000 } })
    await ask(server.url(), { agent })
    ahead = 4_000
    expect(await ask(server.url(), { agent })).toMatchObject({ reused: false })
  })

  it('that leaves no time beyond the margin has it closed at once', async () => {
    const server = await scripted(ok('Keep-Alive: timeout=1\r\n'))
    const agent = bench.agent()
    for (let i = 0; i < 2; i++) expect(await ask(server.url(), { agent })).toMatchObject({ reused: false })
    expect(agent.stats().closed.lost).toBe(0)
  })

  it('has it closed before the last request that it takes, whether max counts down or not', async () => {
    const down = ['max=3', 'max=2', 'max=1', 'max=0'].map((max) => ok(`Keep-Alive: timeout=9, ${max}\r\n`))
    for (const answers of [down, [ok('Keep-Alive: timeout=9, max=4\r\n')]]) {
      const server = await scripted(...answers)
      const agent = bench.agent()
      const reused = []
      for (let i = 0; i < 6; i++) reused.push((await ask(server.url(), { agent })).reused)
      expect(reused.slice(0, 2)).toEqual([false, true])
      // On no connection more requests than three.
      expect(
        reused
          .join()
          .split('false')
          .map((run) => run.split('true').length - 1),
      ).toSatisfy((runs: number[]) => runs.every((run) => run <= 2))
    }
  })

  it('keeps a server of Node’s with a limit of requests from ever closing first', async () => {
    const server = await bench.http(undefined, { keepAliveTimeout: 5_000 })
    ;(server.server as http.Server).maxRequestsPerSocket = 5
    const agent = bench.agent()
    for (let i = 0; i < 20; i++) expect(await ask(server.url(), { agent })).toMatchObject({ status: 200 })
    await agent.close()
    const { closed, opened } = agent.stats()
    expect(opened).toBe(5)
    expect(closed).toMatchObject({ lost: 0, retired: 5 })
  })
})

describe('a socket is handed over', () => {
  it('to the caller of an upgrade, with nothing of the agent left on it', async () => {
    const server = await bench.http()
    server.server.on('upgrade', (_request, socket: net.Socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly')
      socket.on('data', (data) => socket.end(data))
    })
    const agent = bench.agent({ perKey: 1 })
    await ask(server.url(), { agent })
    const request = begin(server.url(), { agent, headers: { Connection: 'Upgrade', Upgrade: 'echo' } })
    const [response, socket, early] = (await once(request, 'upgrade')) as [http.IncomingMessage, net.Socket, Buffer]
    expect(response.statusCode).toBe(101)
    expect(String(early)).toBe('early')
    expect(agent.stats()).toMatchObject({ size: 0, closed: { detached: 1 } })
    const names = socket.eventNames()
    for (const event of ['error', 'close', 'data', 'free', 'agentRemove']) expect(names).not.toContain(event)
    socket.write('ping')
    expect(String((await once(socket, 'data'))[0])).toBe('ping')
    expect(await ask(server.url(), { agent })).toMatchObject({ reused: false })
    socket.destroy()
  })

  it('to the caller of CONNECT', async () => {
    const server = await bench.http()
    server.server.on('connect', (_request, socket: net.Socket) => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.on('data', (data) => socket.end(data))
    })
    const agent = bench.agent()
    const request = begin(server.url(), { agent, method: 'CONNECT', path: 'example.test:443' })
    const [, socket] = (await once(request, 'connect')) as [http.IncomingMessage, net.Socket]
    expect(agent.stats()).toMatchObject({ size: 0, closed: { detached: 1 } })
    socket.write('tunnelled')
    expect(String((await once(socket, 'data'))[0])).toBe('tunnelled')
    socket.destroy()
  })
})
