import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { guard } from '@millpond/http/server'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { GuardedHttp } from './guarded-http.js'

let guarded: GuardedHttp

afterEach(async () => {
  await guarded.stop()
  expect(guarded.states).toEqual([])
})

const slowly: http.RequestListener = (request, response) => {
  if (request.url !== '/hold') response.end('hello')
}

describe('a connection that is one too many', () => {
  it('is answered 503 with Connection: close and Retry-After, counted and told of', async () => {
    guarded = await GuardedHttp.start({ max: 1 }, slowly)
    const first = await guarded.connect()
    first.get('/hold')
    await until(() => guarded.handled.length === 1)
    const second = await guarded.connect()
    second.get('/second')
    const answer = await second.ended()
    expect(answer).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
    expect(answer).toContain('\r\nConnection: close\r\n')
    expect(answer).toContain('\r\nRetry-After: 1\r\n')
    expect(guarded.handled).toEqual(['/hold'])
    expect(await guarded.heard('refuse')).toMatchObject({ reason: 'max', address: '127.0.0.1' })
    expect(guarded.guard.stats()).toMatchObject({ size: 1, rejected: 1, refused: { max: 1 } })
  })

  it("reaches Node's own client as a response", async () => {
    guarded = await GuardedHttp.start({ max: 1 }, slowly)
    const first = await guarded.connect()
    first.get('/hold')
    await until(() => guarded.handled.length === 1)
    const request = http.get({ port: guarded.port, host: '127.0.0.1', agent: false })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('1')
    response.resume()
  })

  it('over TLS is told so once the handshake is done', async () => {
    guarded = await GuardedHttp.start({ max: 1 }, slowly, 'https')
    const first = await guarded.connectSecurely()
    first.get('/hold')
    await until(() => guarded.handled.length === 1)
    const second = await guarded.connectSecurely()
    expect(await second.ended()).toMatch(/^HTTP\/1\.1 503 /)
    expect(guarded.guard.stats()).toMatchObject({ size: 1, rejected: 1 })
  })

  it('of one client leaves the others their room', async () => {
    let client = 'a'
    guarded = await GuardedHttp.start({ perClient: { max: 1, key: () => client } }, slowly)
    const first = await guarded.connect()
    first.get()
    await first.answers(1)
    const second = await guarded.connect()
    expect(await second.ended()).toMatch(/^HTTP\/1\.1 503 /)
    client = 'b'
    const third = await guarded.connect()
    third.get()
    await third.answers(1)
    expect(guarded.guard.stats()).toMatchObject({ size: 2, clients: 2, refused: { client: 1 } })
  })

  it('takes the place of the keep-alive connection that has been idle for longest', async () => {
    guarded = await GuardedHttp.start({ max: 2 }, slowly)
    const [busy, idle] = [await guarded.connect(), await guarded.connect()]
    for (const client of [busy, idle]) {
      client.get()
      await client.answers(1)
    }
    busy.get('/hold')
    await until(() => guarded.guard.stats().leases === 1)
    const newcomer = await guarded.connect()
    newcomer.get()
    await newcomer.answers(1)
    await idle.ended()
    expect(busy.socket.destroyed).toBe(false)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'surplus', uses: 1 })
    expect(guarded.guard.stats()).toMatchObject({ size: 2, rejected: 0 })
  })

  it('is refused where evictIdle is off, whoever is idle', async () => {
    guarded = await GuardedHttp.start({ max: 1, evictIdle: false })
    const first = await guarded.connect()
    first.get()
    await first.answers(1)
    const second = await guarded.connect()
    expect(await second.ended()).toMatch(/^HTTP\/1\.1 503 /)
    expect(first.socket.destroyed).toBe(false)
  })

  it('is destroyed without a word while 1,024 others are being told no', async () => {
    // On a clock that stands still, nobody's time to read the refusal is over.
    guarded = await GuardedHttp.start({ max: 1, clock: virtualClock() }, slowly)
    const { guard, port, sockets } = guarded
    const first = await guarded.connect()
    first.get('/hold')
    await until(() => guarded.handled.length === 1)
    const stubborn = async () => {
      const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).pause()
      sockets.push(socket)
      await once(socket, 'connect')
    }
    // Few at a time: the kernel's queue before the server is short.
    while (guard.stats().rejected < 1_024) {
      await Promise.all(Array.from({ length: 64 }, stubborn))
      const connected = sockets.length - 1
      await until(() => guard.stats().rejected === connected)
    }
    const late = await guarded.connect()
    expect(await late.ended()).toBe('')
    expect(guard.stats()).toMatchObject({ size: 1, rejected: 1_025 })
  })
})

describe('a burst of newcomers', () => {
  it('is served up to max and refused beyond: those let in are not driven out before their request was read', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ max: 8, clock }, slowly)
    const clients = await Promise.all(Array.from({ length: 20 }, () => guarded.connect()))
    for (const client of clients) client.get('/', 'Connection: close\r\n')
    const answers = await Promise.all(clients.map((client) => client.ended()))
    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200')).length).toBe(guarded.handled.length)
    expect(guarded.handled.length).toBeGreaterThanOrEqual(8)
    expect(answers.every((answer) => /^HTTP\/1\.1 (200|503)/.test(answer))).toBe(true)
  })
})

describe('the server under guard', () => {
  it("has Node's own timeouts off, and on again once the guard has closed", async () => {
    const server = http.createServer({ keepAliveTimeout: 1_234, headersTimeout: 2_345, requestTimeout: 3_456 })
    const { emit } = server
    const names = server.eventNames().map((name) => [name, server.listenerCount(name)])
    const other = guard(server)
    expect([server.keepAliveTimeout, server.headersTimeout, server.requestTimeout]).toEqual([0, 0, 0])
    await other.close()
    expect([server.keepAliveTimeout, server.headersTimeout, server.requestTimeout]).toEqual([1_234, 2_345, 3_456])
    expect(server.emit).toBe(emit)
    expect(server.eventNames().map((name) => [name, server.listenerCount(name)])).toEqual(names)
    guarded = await GuardedHttp.start()
  })

  it('cannot be a server of net', async () => {
    expect(() => guard(net.createServer())).toThrow(/@millpond\/tcp\/server/)
    guarded = await GuardedHttp.start()
  })
})
