import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chaosProxy, virtualClock } from '@millpond/testing'
import type { Dispatcher } from 'undici'
import * as undici from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { createDispatcher } from '../../src/undici.js'
import { countingClock, openSockets } from '../leak-counts.js'
import { DispatcherBench, expectSound, ok, settled } from './bench-of-dispatchers.js'

const bench = new DispatcherBench()
afterEach(() => bench.end())

const ask = async (url: string, dispatcher: Dispatcher) => (await undici.request(url, { dispatcher })).body.text()

describe('a dispatcher that is closed', () => {
  it('serves what was asked for, those in the queue included, and takes no more', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const answers = ['/1', '/2', '/3'].map((path) => ask(server.url(path), dispatcher))
    const first = await next()
    let isClosed = false
    const closed = dispatcher.close().then(() => {
      isClosed = true
    })
    expect([dispatcher.closed, dispatcher.destroyed]).toEqual([true, false])
    await expect(ask(server.url(), dispatcher)).rejects.toBeInstanceOf(undici.errors.ClientClosedError)
    first.end('one')
    ;(await next()).end('two')
    const last = await next()
    await settled()
    expect(isClosed).toBe(false)
    last.end('three')
    expect(await Promise.all(answers)).toEqual(['one', 'two', 'three'])
    await closed
    expect([dispatcher.closed, dispatcher.destroyed]).toEqual([true, true])
    expect(dispatcher.stats()).toMatchObject({ state: 'closed', size: 0 })
    await expect(ask(server.url(), dispatcher)).rejects.toBeInstanceOf(undici.errors.ClientDestroyedError)
  })

  it('has what meets a stale connection meanwhile sent again', async () => {
    let count = 0
    const server = await bench.raw((socket) => {
      socket.on('data', () => (++count === 2 ? socket.end() : socket.write(ok())))
    })
    const dispatcher = bench.dispatcher()
    await ask(server.url(), dispatcher)
    const answer = ask(server.url(), dispatcher)
    const closed = dispatcher.close()
    expect(await answer).toBe('ok')
    await closed
    expect(dispatcher.stats().resent).toBe(1)
  })

  it('calls back, more than once, and refuses after destroy, as undici', async () => {
    const dispatcher = createDispatcher()
    await new Promise<void>((resolve) => {
      dispatcher.close(() => resolve())
    })
    await expect(dispatcher.close()).rejects.toBeInstanceOf(undici.errors.ClientDestroyedError)
    await dispatcher.destroy()
    await new Promise<void>((resolve) => {
      dispatcher.destroy(null, () => resolve())
    })
  })

  it('with a timeout destroys what is left then', async () => {
    const { server, next } = await bench.holding()
    const clock = virtualClock()
    const dispatcher = bench.dispatcher({ clock })
    const failed = ask(server.url(), dispatcher).catch((error) => error)
    await next()
    const closed = dispatcher.close({ timeout: 1_000 })
    await clock.advance(999)
    expect(dispatcher.stats().leases).toBe(1)
    await clock.advance(2)
    await closed
    expect(await failed).toBeInstanceOf(undici.errors.ClientDestroyedError)
    await expect(createDispatcher().close({ timeout: -1 })).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' })
  })

  it('leaves no socket and no timer', async () => {
    const before = openSockets()
    const clock = countingClock()
    const server = await bench.http((_request, response) => {
      response.setHeader('Keep-Alive', 'timeout=30')
      response.end('ok')
    })
    const dispatcher = bench.dispatcher({ perKey: 5, clock })
    await Promise.all(Array.from({ length: 20 }, () => ask(server.url(), dispatcher)))
    await settled()
    expect(clock.timers.size).toBeGreaterThan(0)
    await dispatcher.close()
    await server.emptied()
    expect(openSockets()).toBe(before)
    expect(clock.timers.size).toBe(0)
  })

  it('knows nothing any more of the origins it was used for', async () => {
    const servers = await Promise.all(Array.from({ length: 5 }, () => bench.http()))
    const dispatcher = bench.dispatcher()
    for (const server of servers) await ask(server.url(), dispatcher)
    expect(Object.keys(dispatcher.stats().origins)).toHaveLength(5)
    dispatcher.flush()
    await Promise.all(servers.map((server) => server.emptied()))
    await settled()
    expect(dispatcher.stats()).toMatchObject({ keys: 0, size: 0, origins: {} })
  })

  it('is so at the end of an await using block', async () => {
    const server = await bench.http()
    let seen: ReturnType<typeof createDispatcher>
    {
      await using dispatcher = createDispatcher()
      seen = dispatcher
      await ask(server.url(), dispatcher)
    }
    expect(seen.destroyed).toBe(true)
  })
})

describe('a dispatcher that is destroyed', () => {
  it('fails every request with the error, those in the queue included', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const failed = [1, 2, 3].map(() => ask(server.url(), dispatcher).catch((error) => error))
    await next()
    const oops = new Error('oops')
    await dispatcher.destroy(oops)
    expect(await Promise.all(failed)).toEqual([oops, oops, oops])
    await expect(ask(server.url(), dispatcher)).rejects.toBeInstanceOf(undici.errors.ClientDestroyedError)
    expect(dispatcher.stats()).toMatchObject({ size: 0, leases: 0, waiting: 0 })
  })

  it('fails them with undici’s ClientDestroyedError where no error is given', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const failed = [1, 2].map(() => ask(server.url(), dispatcher).catch((error) => error))
    await next()
    await dispatcher.destroy()
    for (const error of await Promise.all(failed)) expect(error).toBeInstanceOf(undici.errors.ClientDestroyedError)
  })

  it('while it closes does not wait for the requests under way', async () => {
    const { server, next } = await bench.holding()
    const dispatcher = bench.dispatcher()
    const failed = ask(server.url(), dispatcher).catch((error) => error)
    await next()
    const closed = dispatcher.close()
    await dispatcher.destroy(new Error('now'))
    await closed
    expect(await failed).toMatchObject({ message: 'now' })
  })
})

describe('the events of a dispatcher', () => {
  it('are the pool’s, and those of undici have undici’s arguments first', async () => {
    const server = await bench.http()
    const dispatcher = bench.dispatcher()
    const seen: string[] = []
    dispatcher.on('connect', (origin, [target], { took }) => {
      seen.push(`connect ${origin.origin} ${target === dispatcher} ${took >= 0}`)
    })
    dispatcher.on('disconnect', (origin, _targets, error, { reason }) => {
      seen.push(`disconnect ${origin.origin} ${error instanceof Error} ${reason}`)
    })
    dispatcher.on('connectionError', (origin, _targets, error) => {
      seen.push(`connectionError ${origin.origin} ${(error as NodeJS.ErrnoException).code}`)
    })
    dispatcher.on('acquire', ({ reused }) => seen.push(`acquire ${reused}`))
    await ask(server.url(), dispatcher)
    await ask(server.url(), dispatcher)
    const { origin } = server
    dispatcher.flush()
    await once(dispatcher, 'disconnect')
    await server.close()
    await ask(`${origin}/`, dispatcher).catch(() => {})
    expect(seen.slice(0, 4)).toEqual([
      `connect ${origin} true true`,
      'acquire false',
      'acquire true',
      `disconnect ${origin} true stale`,
    ])
    expect(seen).toContain(`connectionError ${origin} ECONNREFUSED`)
  })

  it('cost nothing when their listeners have gone', async () => {
    const dispatcher = bench.dispatcher()
    const server = await bench.http()
    let count = 0
    const listener = () => {
      count++
    }
    dispatcher.on('release', listener).once('acquire', listener)
    await ask(server.url(), dispatcher)
    await settled()
    expect(count).toBe(2)
    dispatcher.off('release', listener)
    dispatcher.removeAllListeners()
    await ask(server.url(), dispatcher)
    await settled()
    expect(count).toBe(2)
    dispatcher.on('release', listener)
    await ask(server.url(), dispatcher)
    await settled()
    expect(count).toBe(3)
  })
})

describe('behind a network that fails, a dispatcher', () => {
  it('has connections that are reset while idle replaced, with no request failing', async () => {
    const server = await bench.http()
    const proxy = await chaosProxy({ target: { port: server.port } })
    const dispatcher = bench.dispatcher()
    for (let i = 0; i < 5; i++) {
      expect(await ask(`http://127.0.0.1:${proxy.port}/`, dispatcher)).toBe('GET /')
      // At once, so that the next request meets the reset on its way.
      proxy.killAll()
    }
    await dispatcher.close()
    await proxy.close()
  })

  it('gives the request whose answer is cut off an error, and the next one a fresh connection', async () => {
    const server = await bench.http((_request, response) => response.end('x'.repeat(10_000)))
    const proxy = await chaosProxy({ target: { port: server.port } })
    const dispatcher = bench.dispatcher({ perKey: 1 })
    const url = `http://127.0.0.1:${proxy.port}/`
    const cut = proxy.add({ type: 'limit_data', stream: 'downstream', bytes: 2_000 })
    await expect(ask(url, dispatcher)).rejects.toMatchObject({ code: 'UND_ERR_SOCKET' })
    await cut.remove()
    expect(await ask(url, dispatcher)).toHaveLength(10_000)
    expectSound(dispatcher)
    await dispatcher.close()
    await proxy.close()
  })

  it('ends a request whose answer never comes by undici’s timeout', async () => {
    const server = await bench.http()
    const proxy = await chaosProxy({ target: { port: server.port } })
    const dispatcher = bench.dispatcher({ headersTimeout: 5 })
    const url = `http://127.0.0.1:${proxy.port}/`
    const hole = proxy.add({ type: 'timeout', timeout: 0 })
    await expect(ask(url, dispatcher)).rejects.toMatchObject({ code: 'UND_ERR_HEADERS_TIMEOUT' })
    await hole.remove()
    expect(dispatcher.stats()).toMatchObject({ idle: 0, leases: 0 })
    await dispatcher.close()
    await proxy.close()
  })
})

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('idle-process.ts', import.meta.url))
const folder = fileURLToPath(new URL('../..', import.meta.url))

describe('a process', () => {
  it('whose dispatcher has idle connections only ends by itself', { timeout: 30_000 }, async () => {
    const server = await bench.http((_request, response) => {
      response.setHeader('Keep-Alive', 'timeout=300')
      response.end('ok')
    })
    // From the package's folder: tsx takes the paths of the packages from its tsconfig.json.
    const child = spawn(process.execPath, ['--import', tsx, program, server.url()], { cwd: folder, stdio: 'inherit' })
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
