import { once } from 'node:events'
import type net from 'node:net'
import { virtualClock } from '@millpond/testing'
import type { Dispatcher } from 'undici'
import * as undici from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { DispatcherBench, expectSound, head, ok, settled, until, via } from './bench-of-dispatchers.js'

const bench = new DispatcherBench()
afterEach(() => bench.end())

type Options = Partial<Dispatcher.RequestOptions>

async function ask(url: string, dispatcher: Dispatcher, options: Options = {}): Promise<string> {
  const { body } = await undici.request(url, { dispatcher, ...options } as never)
  return body.text()
}

describe('a connection is used again', () => {
  it('after an answer without a body, in chunks, or after early hints', async () => {
    const server = await bench.scripted(
      'HTTP/1.1 204 No Content\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok()}`,
    )
    const dispatcher = bench.dispatcher()
    const texts = []
    for (let i = 0; i < 4; i++) texts.push(await ask(server.url(), dispatcher))
    expect(texts).toEqual(['', 'ok', 'ok', 'ok'])
    expect(server.accepted).toBe(1)
    expectSound(dispatcher)
  })

  it('by the next request in the same turn, without waiting for it', async () => {
    const server = await bench.http()
    const dispatcher = bench.dispatcher({ connect: { growth: 'eager' } })
    for (let i = 0; i < 10; i++) await ask(server.url(), dispatcher)
    expect(dispatcher.stats()).toMatchObject({ opened: 1, acquired: 10 })
  })
})

describe('a connection is not used again', () => {
  const last: Record<string, string> = {
    'whose server says Connection: close': ok('Connection: close\r\n'),
    'of HTTP/1.0 without keep-alive': 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
    'whose answer ends with it': `${head()}ok`,
    'whose server leaves no time': ok('Keep-Alive: timeout=1\r\n'),
    'whose server takes no more requests': ok('keep-alive: timeout=100, max=1\r\n'),
    'whose answer has bytes behind it': `${ok()}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged`,
    'whose answer has garbage behind it': `${ok()}garbage`,
  }
  it.each(Object.entries(last))('%s', async (name, answer) => {
    const server = await bench.raw((socket) => {
      socket.on('data', () => (name.includes('ends with it') ? socket.end(answer) : socket.write(answer)))
    })
    const dispatcher = bench.dispatcher()
    for (let i = 0; i < 3; i++) expect(await ask(server.url(), dispatcher)).toBe('ok')
    expect(server.accepted).toBe(3)
    await until(() => dispatcher.stats().size === 0)
    expect(dispatcher.stats()).toMatchObject({ resent: 0, stale: 0 })
  })

  it('whose answer was read in part', async () => {
    const server = await bench.http((_request, response) => response.end('x'.repeat(1_000_000)))
    const dispatcher = bench.dispatcher()
    const { body } = await undici.request(server.url(), { dispatcher })
    await once(body, 'data')
    const failed = once(body, 'error')
    body.destroy(new Error('enough'))
    await failed
    expect(dispatcher.stats()).toMatchObject({ leases: 0, idle: 0, closed: { destroyed: 1 } })
    expect((await ask(server.url(), dispatcher)).length).toBe(1_000_000)
    expect(server.accepted).toBe(2)
  })

  it('whose answer nobody reads and a fetch is aborted for', async () => {
    const server = await bench.http((_request, response) => response.end('x'.repeat(1_000_000)))
    const dispatcher = bench.dispatcher()
    const abort = new AbortController()
    await fetch(server.url(), via(dispatcher, { signal: abort.signal }))
    abort.abort()
    await until(() => dispatcher.stats().size === 0)
    expect(dispatcher.stats().leases).toBe(0)
  })

  it('whose request was aborted before the answer', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const abort = new AbortController()
    const failed = undici.request(server.url('/aborted'), { dispatcher, signal: abort.signal })
    await next()
    abort.abort(new Error('enough'))
    await expect(failed).rejects.toThrow('enough')
    const answer = ask(server.url('/next'), dispatcher)
    ;(await next()).end('fine')
    expect(await answer).toBe('fine')
    expect(server.accepted).toBe(2)
    expect(dispatcher.stats()).toMatchObject({ resent: 0, closed: { destroyed: 1 } })
  })

  it('whose request body failed', async () => {
    const server = await bench.http()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const oops = new Error('oops')
    async function* broken() {
      yield 'begun'
      throw oops
    }
    await expect(ask(server.url(), dispatcher, { method: 'POST', body: broken() as never })).rejects.toBe(oops)
    expect(await ask(server.url('/next'), dispatcher)).toBe('GET /next')
    expect(server.accepted).toBe(2)
  })

  it('whose answer came before its request was complete', async () => {
    const server = await bench.raw((socket) => socket.once('data', () => socket.write(ok())))
    const dispatcher = bench.dispatcher()
    async function* endless() {
      yield 'begun'
      await new Promise((resolve) => setTimeout(resolve, 20))
      yield 'and more'
    }
    await ask(server.url(), dispatcher, { method: 'POST', body: endless() as never }).catch(() => {})
    await until(() => dispatcher.stats().size === 0)
    expect(dispatcher.stats().leases).toBe(0)
  })

  it('more often than lifetime.maxUses says', async () => {
    const server = await bench.http()
    const dispatcher = bench.dispatcher({ lifetime: { maxUses: 2 } })
    for (let i = 0; i < 6; i++) await ask(server.url(), dispatcher)
    expect(server.accepted).toBe(3)
    await until(() => dispatcher.stats().closed.uses === 3)
  })

  it('for longer than lifetime.maxAge says', async () => {
    const server = await bench.scripted(ok())
    const clock = virtualClock()
    const dispatcher = bench.dispatcher({ clock, lifetime: { maxAge: 60_000, jitter: 0 }, idle: { timeout: 600_000 } })
    await ask(server.url(), dispatcher)
    await settled()
    await clock.advance(60_001)
    await until(() => dispatcher.stats().closed.age === 1)
  })

  it('after the flush of its origin, but of no other', async () => {
    const servers = [await bench.http(), await bench.http()] as const
    const dispatcher = bench.dispatcher()
    for (const server of servers) await ask(server.url(), dispatcher)
    dispatcher.flush(servers[0].url())
    await servers[0].emptied()
    for (const server of servers) await ask(server.url(), dispatcher)
    expect(servers.map(({ accepted }) => accepted)).toEqual([2, 1])
    expect(() => dispatcher.flush('mailto:nobody')).toThrow('origin')
  })

  it('after a flush while it was in use; with leased: now its request fails', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher()
    const first = ask(server.url(), dispatcher)
    const response = await next()
    dispatcher.flush()
    response.end('served')
    expect(await first).toBe('served')
    const second = ask(server.url(), dispatcher)
    await next()
    expect(server.accepted).toBe(2)
    dispatcher.flush(undefined, { leased: 'now' })
    await expect(second).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' })
    expect(dispatcher.stats().closed.stale).toBe(2)
  })
})

describe('an idle connection', () => {
  it('is closed after idle.timeout', async () => {
    const server = await bench.scripted(ok())
    const clock = virtualClock()
    const dispatcher = bench.dispatcher({ clock })
    await ask(server.url(), dispatcher)
    await settled()
    await clock.advance(3_900)
    expect(dispatcher.stats().idle).toBe(1)
    await clock.advance(200)
    await until(() => dispatcher.stats().closed.idle === 1)
  })

  it('is closed a margin before its server would close it', async () => {
    const server = await bench.http(undefined, { keepAliveTimeout: 9_000 })
    const clock = virtualClock()
    const dispatcher = bench.dispatcher({ clock, keepAliveMargin: 2_000, idle: { timeout: 60_000 } })
    await ask(server.url(), dispatcher)
    await settled()
    await clock.advance(6_900)
    expect(dispatcher.stats().idle).toBe(1)
    await clock.advance(200)
    await until(() => dispatcher.stats().closed.retired === 1)
  })

  it('whose time is over does not get a POST, though no timer has run meanwhile', async () => {
    const server = await bench.http((request, response) => request.pipe(response))
    const clock = virtualClock()
    let ahead = 0
    const late = {
      ...clock,
      now: () => clock.now() + ahead,
      setTimeout: clock.setTimeout,
      clearTimeout: clock.clearTimeout,
    }
    const dispatcher = bench.dispatcher({ clock: late, idle: { timeout: 60_000 } })
    await ask(server.url(), dispatcher)
    await settled()
    ahead = 4_500
    expect(await ask(server.url(), dispatcher, { method: 'POST', body: 'pay' })).toBe('pay')
    expect(server.accepted).toBe(2)
  })

  it('that its server closes, resets or writes on is lent no more', async () => {
    const peers: net.Socket[] = []
    const server = await bench.raw((socket) => {
      peers.push(socket)
      socket.on('data', () => socket.write(ok()))
    })
    const dispatcher = bench.dispatcher()
    const ways = [
      (socket: net.Socket) => socket.end(),
      (socket: net.Socket) => socket.resetAndDestroy(),
      (socket: net.Socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged'),
    ]
    for (const [i, way] of ways.entries()) {
      expect(await ask(server.url(), dispatcher)).toBe('ok')
      await settled()
      const gone = once(dispatcher, 'disconnect')
      way(peers[i] as net.Socket)
      await gone
    }
    expect(await ask(server.url(), dispatcher)).toBe('ok')
    expect(dispatcher.stats()).toMatchObject({ opened: 4, resent: 0, stale: 0, closed: { lost: 3 } })
  })

  it('that was opened in advance and never used is watched too', async () => {
    const peers: net.Socket[] = []
    const server = await bench.raw((socket) => {
      peers.push(socket)
      socket.on('data', () => socket.write(ok()))
    })
    const dispatcher = bench.dispatcher({ size: { min: 2 }, perKey: 2 })
    expect(await ask(server.url(), dispatcher)).toBe('ok')
    await until(() => dispatcher.stats().idle === 2)
    const gone = once(dispatcher, 'disconnect')
    for (const peer of peers) peer.end()
    await gone
    expect(await ask(server.url(), dispatcher)).toBe('ok')
    await until(() => dispatcher.stats().idle === 2)
    const garbled = once(dispatcher, 'disconnect')
    for (const peer of peers) if (!peer.destroyed) peer.write('unasked')
    await garbled
    expect(await ask(server.url(), dispatcher)).toBe('ok')
    expect(dispatcher.stats().stale).toBe(0)
  })
})
