import { once } from 'node:events'
import { PoolError } from '@millpond/core'
import { virtualClock } from '@millpond/testing'
import type { Dispatcher } from 'undici'
import * as undici from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { DispatcherBench, expectSound, settled, via } from './bench-of-dispatchers.js'

const bench = new DispatcherBench()
afterEach(() => bench.end())

const ask = async (url: string, dispatcher: Dispatcher) => (await undici.request(url, { dispatcher })).body.text()

/** A handler of undici 7 that waits for nothing, and what it has heard. */
function listening() {
  const heard: string[] = []
  let fail: (error: Error) => void
  let end: () => void
  const failed = new Promise<Error>((resolve) => {
    fail = resolve
  })
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const handler: Dispatcher.DispatchHandler & { controller?: Dispatcher.DispatchController } = {
    onRequestStart(controller) {
      heard.push('start')
      handler.controller = controller
    },
    onResponseStart() {},
    onResponseData() {},
    onResponseEnd() {
      heard.push('end')
      end()
    },
    onResponseError(_controller, error) {
      heard.push('error')
      fail(error)
    },
  }
  return { handler, heard, failed, ended }
}

describe('the limits of a dispatcher', () => {
  it('hold for the connections of one origin', async () => {
    const { server, held, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 3, connect: { growth: 'eager' } })
    const answers = Promise.all(Array.from({ length: 9 }, () => ask(server.url(), dispatcher)))
    const first = [await next(), await next(), await next()]
    expect(held).toHaveLength(0)
    expect(dispatcher.stats()).toMatchObject({ size: 3, connected: 3, waiting: 6 })
    expect(dispatcher.stats().origins[server.origin]).toMatchObject({ size: 3, connected: 3, waiting: 6 })
    expectSound(dispatcher)
    for (const response of first) response.end()
    for (let i = 3; i < 9; i++) (await next()).end()
    await answers
    expect(server.accepted).toBe(3)
  })

  it('hold for all connections together, and an idle one of another origin makes room', async () => {
    const servers = await Promise.all([bench.http(), bench.http(), bench.http()])
    const dispatcher = bench.dispatcher({ total: 2 })
    for (const server of [...servers, ...servers]) {
      expect(await ask(server.url('/x'), dispatcher)).toBe('GET /x')
      expect(dispatcher.stats().size).toBeLessThanOrEqual(2)
    }
    expect(dispatcher.stats().closed.surplus).toBeGreaterThan(0)
  })

  it('serve the waiting requests of one origin in their order', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const done: string[] = []
    const answers = ['a', 'b', 'c'].map((path) => ask(server.url(`/${path}`), dispatcher).then(() => done.push(path)))
    for (const path of ['/a', '/b', '/c']) {
      const response = await next()
      expect(response.req.url).toBe(path)
      response.end()
    }
    await Promise.all(answers)
    expect(done).toEqual(['a', 'b', 'c'])
  })

  it('let the request of a quiet origin in while a busy one always has more', async () => {
    const busy = await bench.http((_request, response) => setImmediate(() => response.end()))
    const quiet = await bench.http()
    const dispatcher = bench.dispatcher({ total: 2 })
    let isDone = false
    const worker = async () => {
      while (!isDone) await ask(busy.url(), dispatcher)
    }
    const crowd = Array.from({ length: 20 }, worker)
    await once(busy.server, 'request')
    for (let i = 0; i < 5; i++) expect(await ask(quiet.url('/q'), dispatcher)).toBe('GET /q')
    isDone = true
    await Promise.all(crowd)
  })

  it('fail a request that finds the queue full, or waits for too long, with the error of the pool', async () => {
    const { server, next } = await bench.holding()
    const clock = virtualClock()
    const dispatcher = bench.dispatcher({ perKey: 1, clock, acquire: { maxWaiting: 1, timeout: 20 } })
    const first = ask(server.url(), dispatcher)
    const held = await next()
    const late = ask(server.url(), dispatcher)
    await expect(ask(server.url(), dispatcher)).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' })
    const failed = expect(late).rejects.toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' })
    await clock.advance(25)
    await failed
    held.end()
    await first
    expect(dispatcher.stats()).toMatchObject({ timedOut: 1, rejected: 1 })
  })

  it('refuse one origin more than maxKeys while all are in use', async () => {
    const { server, next } = await bench.holding()
    const other = await bench.http()
    const dispatcher = bench.dispatcher({ maxKeys: 1 })
    const first = ask(server.url(), dispatcher)
    const held = await next()
    await expect(ask(other.url(), dispatcher)).rejects.toBeInstanceOf(PoolError)
    held.end()
    await first
    await settled()
    expect(await ask(other.url('/now'), dispatcher)).toBe('GET /now')
  })
})

describe('a request in the queue', () => {
  it('that is aborted fails at once, gives up its place, and is never sent', async () => {
    const { server, held, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const first = ask(server.url(), dispatcher)
    const response = await next()
    const abort = new AbortController()
    const reason = new Error('enough')
    const waiting = undici.request(server.url('/never'), { dispatcher, signal: abort.signal })
    expect(dispatcher.stats().waiting).toBe(1)
    abort.abort(reason)
    await expect(waiting).rejects.toBe(reason)
    expect(dispatcher.stats()).toMatchObject({ waiting: 0, aborted: 1, size: 1 })
    response.end()
    await first
    await settled()
    expect(held).toHaveLength(0)
    expect(dispatcher.stats()).toMatchObject({ idle: 1, acquired: 1 })
  })

  it('is aborted so by fetch too', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const first = ask(server.url(), dispatcher)
    const response = await next()
    const abort = new AbortController()
    const waiting = fetch(server.url(), via(dispatcher, { signal: abort.signal }))
    await settled()
    expect(dispatcher.stats().waiting).toBe(1)
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    await settled()
    expect(dispatcher.stats().waiting).toBe(0)
    response.end()
    await first
  })

  it('whose signal is aborted already is not sent', async () => {
    const { server, held, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const first = ask(server.url(), dispatcher)
    const response = await next()
    await expect(undici.request(server.url(), { dispatcher, signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(dispatcher.stats().waiting).toBe(0)
    response.end()
    await first
    expect(held).toHaveLength(0)
  })

  it('that is aborted in the turn in which it gets its connection leaves that to the next', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const { handler, heard, failed } = listening()
    const first = ask(server.url(), dispatcher)
    const response = await next()
    dispatcher.dispatch({ origin: server.origin, path: '/aborted', method: 'GET' }, handler)
    dispatcher.once('release', () => handler.controller?.abort(new Error('at that very moment')))
    response.end()
    await first
    expect(await failed).toMatchObject({ message: 'at that very moment' })
    const last = ask(server.url('/last'), dispatcher)
    const answered = await next()
    expect(answered.req.url).toBe('/last')
    answered.end('fine')
    expect(await last).toBe('fine')
    expect(heard).toEqual(['start', 'error'])
  })

  it('that is aborted after it got its connection, and before that had begun, fails with the reason', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const { handler, failed } = listening()
    const first = ask(server.url(), dispatcher)
    const response = await next()
    dispatcher.dispatch({ origin: server.origin, path: '/aborted', method: 'GET' }, handler)
    const granted = once(dispatcher, 'acquire')
    response.end()
    await granted
    await Promise.resolve()
    handler.controller?.abort(new Error('too late to be polite'))
    expect(await failed).toMatchObject({ message: 'too late to be polite' })
    await first
    const last = ask(server.url('/last'), dispatcher)
    for (;;) {
      const answered = await next()
      answered.end('fine')
      if (answered.req.url === '/last') break
    }
    expect(await last).toBe('fine')
  })
})

describe('dispatch', () => {
  it('returns false when the next request would have to wait, and drain tells when it would not', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 2, connect: { growth: 'eager' } })
    const send = (path: string) => {
      const { handler, ended } = listening()
      return { isFree: dispatcher.dispatch({ origin: server.origin, path, method: 'GET' }, handler), ended }
    }
    const drained: string[] = []
    dispatcher.on('drain', (origin, targets) => drained.push(`${origin.origin} ${targets[0] === dispatcher}`))
    const sent = ['/1', '/2', '/3'].map(send)
    expect(sent.map(({ isFree }) => isFree)).toEqual([true, false, false])
    ;(await next()).end()
    ;(await next()).end()
    await Promise.race(sent.map(({ ended }) => ended))
    if (drained.length === 0) await once(dispatcher, 'drain')
    expect(drained).toEqual([`${server.origin} true`])
    ;(await next()).end()
    await Promise.all(sent.map(({ ended }) => ended))
    expect(drained).toHaveLength(1)
    expect(send('/4').isFree).toBe(true)
    ;(await next()).end()
  })

  it('returns false while all connections of all origins are taken', async () => {
    const { server, next } = await bench.holding()
    const other = await bench.http()
    const dispatcher = bench.dispatcher({ total: 1 })
    const { handler, ended } = listening()
    expect(dispatcher.dispatch({ origin: server.origin, path: '/', method: 'GET' }, handler)).toBe(false)
    const waiting = listening()
    expect(dispatcher.dispatch({ origin: other.origin, path: '/', method: 'GET' }, waiting.handler)).toBe(false)
    const drained = once(dispatcher, 'drain')
    ;(await next()).end()
    await ended
    await waiting.ended
    await drained
  })
})
