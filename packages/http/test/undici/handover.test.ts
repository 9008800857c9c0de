import { setMaxListeners } from 'node:events'
import { virtualClock } from '@millpond/testing'
import type { Dispatcher } from 'undici'
import * as undici from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { DispatcherBench, expectSound, ok, settled, until } from './bench-of-dispatchers.js'

const bench = new DispatcherBench()
afterEach(() => bench.end())

const ask = async (url: string, dispatcher: Dispatcher) => (await undici.request(url, { dispatcher })).body.text()

/** Requests that never leave a connection idle, until told to stop. */
function keepBusy(url: string, dispatcher: Dispatcher, workers: number) {
  let isDone = false
  const worker = async () => {
    while (!isDone) expect(await ask(url, dispatcher)).toBe('ok')
  }
  const all = Promise.all(Array.from({ length: workers }, worker))
  return () => {
    isDone = true
    return all
  }
}

describe('connections that pass from request to request', () => {
  it('carry no further request after a flush, under load too', async () => {
    const server = await bench.scripted(ok())
    const dispatcher = bench.dispatcher({ perKey: 2, connect: { growth: 'eager' } })
    const stop = keepBusy(server.url(), dispatcher, 6)
    await until(() => dispatcher.stats().acquired > 50)
    const { opened } = dispatcher.stats()
    dispatcher.flush()
    await until(() => dispatcher.stats().closed.stale === opened)
    await stop()
    expect(dispatcher.stats().opened).toBeGreaterThan(opened)
  })

  it('end at their age, under load too', async () => {
    const server = await bench.scripted(ok())
    const clock = virtualClock()
    const dispatcher = bench.dispatcher({ perKey: 1, clock, lifetime: { maxAge: 1_000, jitter: 0 } })
    const stop = keepBusy(server.url(), dispatcher, 4)
    await until(() => dispatcher.stats().acquired > 20)
    await clock.advance(1_001)
    await until(() => dispatcher.stats().closed.age === 1)
    await stop()
  })

  it('serve those in the queue in their order, and none twice', async () => {
    const seen: string[] = []
    const server = await bench.http((request, response) => {
      seen.push(request.url as string)
      response.end('ok')
    })
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const paths = Array.from({ length: 100 }, (_, i) => `/${i}`)
    await Promise.all(paths.map((path) => ask(server.url(path), dispatcher)))
    expect(seen).toEqual(paths)
    expect(dispatcher.stats()).toMatchObject({ acquired: 100, opened: 1, waiting: 0 })
  })

  it('lose nobody when many in the queue give up at once', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const abort = new AbortController()
    setMaxListeners(0, abort.signal)
    const first = ask(server.url('/0'), dispatcher)
    const held = await next()
    const outcomes = Array.from({ length: 40 }, (_, i) => {
      const options = i % 2 === 0 ? { dispatcher, signal: abort.signal } : { dispatcher }
      return undici.request(server.url(`/${i + 1}`), options).then(
        ({ body }) => body.text(),
        (error: Error) => error.name,
      )
    })
    expect(dispatcher.stats().waiting).toBe(40)
    abort.abort()
    expect(dispatcher.stats().waiting).toBe(20)
    const late = ask(server.url('/late'), dispatcher)
    held.end('first')
    for (let i = 0; i < 21; i++) (await next()).end('served')
    expect(await first).toBe('first')
    expect(await late).toBe('served')
    expect(await Promise.all(outcomes)).toEqual(Array.from({ length: 40 }, (_, i) => (i % 2 ? 'served' : 'AbortError')))
    await settled()
    expectSound(dispatcher)
    expect(dispatcher.stats()).toMatchObject({ waiting: 0, leases: 0, opened: 1 })
  })

  it('let nobody wait longer, or for less, than acquire.timeout', async () => {
    const { server, next } = await bench.holding()
    const clock = virtualClock()
    const dispatcher = bench.dispatcher({ perKey: 1, clock, acquire: { timeout: 1_000 } })
    const answers: Promise<string>[] = [ask(server.url('/0'), dispatcher), ask(server.url('/1'), dispatcher)]
    ;(await next()).end('served')
    // Its place is older than itself.
    const held = await next()
    await clock.advance(600)
    let failedAt = 0
    const waiting = ask(server.url('/2'), dispatcher).catch((error) => {
      failedAt = clock.now()
      return error.code
    })
    const since = clock.now()
    await clock.advance(600)
    await settled()
    expect(failedAt).toBe(0)
    await clock.advance(390)
    await settled()
    expect(failedAt).toBe(0)
    await clock.advance(20)
    expect(await waiting).toBe('ERR_POOL_ACQUIRE_TIMEOUT')
    expect(failedAt - since).toBeGreaterThanOrEqual(1_000)
    held.end('served')
    expect(await Promise.all(answers)).toEqual(['served', 'served'])
  })

  it('go through the pool one by one where somebody listens', async () => {
    const server = await bench.scripted(ok())
    const dispatcher = bench.dispatcher({ perKey: 1 })
    let released = 0
    dispatcher.on('release', () => {
      released++
    })
    await Promise.all(Array.from({ length: 30 }, () => ask(server.url(), dispatcher)))
    await settled()
    expect(released).toBe(30)
  })
})
