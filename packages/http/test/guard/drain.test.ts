import { once } from 'node:events'
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { closeOnSignal } from '@millpond/http/server'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { GuardedHttp } from './guarded-http.js'

let guarded: GuardedHttp

afterEach(async () => {
  await guarded.stop()
  expect(guarded.states).toEqual([])
})

/** Answers when told to, by path. */
const held = new Map<string, http.ServerResponse>()
const hold: http.RequestListener = (request, response) => {
  if (request.url === '/') response.end('hello')
  else held.set(request.url ?? '', response)
}
const answer = (path: string) => void held.get(path)?.end('hello')

describe('close', () => {
  it('lets active requests finish, whose answers say Connection: close, and closes idle connections at once', async () => {
    guarded = await GuardedHttp.start({}, hold)
    const [idle, busy] = [await guarded.connect(), await guarded.connect()]
    idle.get()
    await idle.answers(1)
    busy.get('/slow')
    await until(() => guarded.guard.stats().leases === 1)
    const closing = guarded.guard.close()
    expect(guarded.guard.isReady).toBe(false)
    await idle.ended()
    await until(() => guarded.states.length === 1)
    expect(guarded.states).toEqual(['connected.leaving'])
    answer('/slow')
    expect(await busy.ended()).toContain('\r\nConnection: close\r\n')
    await closing
    expect(guarded.guard.stats()).toMatchObject({ state: 'closed', size: 0, closed: { 'pool-closed': 2 } })
    expect(guarded.server.listening).toBe(false)
  })

  it('answers all requests that were pipelined before it, and says close in the last answer alone', async () => {
    guarded = await GuardedHttp.start({}, hold)
    const client = await guarded.connect()
    for (const path of ['/a', '/b', '/c']) client.get(path)
    await until(() => guarded.handled.length === 3)
    const closing = guarded.guard.close()
    for (const path of ['/c', '/a', '/b']) answer(path)
    const answers = (await client.ended()).split(/(?=HTTP\/1\.1)/)
    expect(answers.map((text) => /Connection: (.*)\r/.exec(text)?.[1])).toEqual(['keep-alive', 'keep-alive', 'close'])
    await closing
  })

  it('answers a request that comes after it on a connection that is still busy, and moves the close to it', async () => {
    guarded = await GuardedHttp.start({}, hold)
    const client = await guarded.connect()
    client.get('/a')
    await until(() => guarded.handled.length === 1)
    const closing = guarded.guard.close()
    client.get('/b')
    await until(() => guarded.handled.length === 2)
    answer('/a')
    answer('/b')
    const answers = (await client.ended()).split(/(?=HTTP\/1\.1)/)
    expect(answers.map((text) => /Connection: (.*)\r/.exec(text)?.[1])).toEqual(['keep-alive', 'close'])
    await closing
  })

  it('begins no request behind an answer that has said close', async () => {
    guarded = await GuardedHttp.start({}, (request, response) => {
      held.set(request.url ?? '', response)
      if (request.url === '/late') response.end('hello')
    })
    const client = await guarded.connect()
    client.get('/a')
    await until(() => guarded.handled.length === 1)
    const closing = guarded.guard.close()
    held.get('/a')?.write('he')
    await until(() => client.text.includes('close'))
    client.get('/late')
    await sleep(20)
    held.get('/a')?.end('llo')
    await client.ended()
    expect(guarded.handled).toEqual(['/a'])
    await closing
  })

  it('answers one more request on a connection whose answer had begun before it could say close', async () => {
    guarded = await GuardedHttp.start({}, hold)
    const client = await guarded.connect()
    client.get('/a')
    await until(() => guarded.handled.length === 1)
    held.get('/a')?.write('he')
    await until(() => client.text.includes('keep-alive'))
    const closing = guarded.guard.close()
    client.get('/')
    await until(() => guarded.handled.length === 2)
    held.get('/a')?.end('llo')
    const answers = (await client.ended()).split(/(?=HTTP\/1\.1)/)
    expect(answers.map((text) => /Connection: (.*)\r/.exec(text)?.[1])).toEqual(['keep-alive', 'close'])
    await closing
  })

  it('waits for the rest of headers that have begun to arrive', async () => {
    guarded = await GuardedHttp.start({}, hold)
    const client = await guarded.connect()
    client.send('GET / HTTP/1.1\r\n')
    await until(() => guarded.states[0] === 'connected.leased')
    const closing = guarded.guard.close()
    client.send('Host: localhost\r\n\r\n')
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Connection: close\r\n/)
    await closing
  })

  it.each(['close', 'flush'] as const)(
    'by %s() answers a request that has arrived on an idle connection and that nobody has read yet',
    async (way) => {
      guarded = await GuardedHttp.start({}, hold)
      const client = await guarded.connect()
      client.get()
      await client.answers(1)
      await until(() => guarded.states[0] === 'idle.ready')
      // In the kernel by the time the guard is told.
      client.get()
      const ending = guarded.guard[way]()
      expect((await client.ended()).split(/(?=HTTP\/1\.1)/)[1]).toContain('\r\nConnection: close\r\n')
      await ending
    },
  )

  it('destroys what is still busy at its deadline, with the reason revoked', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock }, hold)
    const client = await guarded.connect()
    client.get('/never')
    await until(() => guarded.handled.length === 1)
    const closing = guarded.guard.close({ timeout: 5_000 })
    await clock.advance(4_999)
    expect(guarded.states).toEqual(['connected.leaving'])
    await clock.advance(1)
    await closing
    await client.ended()
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'revoked' })
    expect(clock.pending).toBe(0)
  })

  it('over TLS does the same', async () => {
    guarded = await GuardedHttp.start({}, hold, 'https')
    const [idle, busy] = [await guarded.connectSecurely(), await guarded.connectSecurely()]
    idle.get()
    await idle.answers(1)
    busy.get('/slow')
    await until(() => guarded.guard.stats().leases === 1)
    const closing = guarded.guard.close()
    await idle.ended()
    answer('/slow')
    expect(await busy.ended()).toContain('\r\nConnection: close\r\n')
    await closing
  })
})

describe('flush', () => {
  it('ends connections as a drain does, and lets new ones in', async () => {
    guarded = await GuardedHttp.start({}, hold)
    const [idle, busy] = [await guarded.connect(), await guarded.connect()]
    idle.get()
    await idle.answers(1)
    busy.get('/slow')
    await until(() => guarded.guard.stats().leases === 1)
    guarded.guard.flush()
    await idle.ended()
    answer('/slow')
    expect(await busy.ended()).toContain('\r\nConnection: close\r\n')
    const next = await guarded.connect()
    next.get()
    await next.answers(1)
    expect(guarded.guard.stats()).toMatchObject({ state: 'running', generation: 1, closed: { stale: 2 } })
  })
})

describe('a signal', () => {
  it('drains the guard and leaves no handler behind', async () => {
    guarded = await GuardedHttp.start({}, hold)
    const before = process.listenerCount('SIGUSR2')
    const client = await guarded.connect()
    client.get('/slow')
    await until(() => guarded.handled.length === 1)
    const after = new Promise<void>((resolve) => {
      closeOnSignal(guarded.guard, { signals: ['SIGUSR2'], whenClosed: () => resolve() })
    })
    process.kill(process.pid, 'SIGUSR2')
    await until(() => !guarded.guard.isReady)
    answer('/slow')
    await client.ended()
    await after
    expect(process.listenerCount('SIGUSR2')).toBe(before)
  })

  it('that comes twice ends everything now', async () => {
    guarded = await GuardedHttp.start({}, hold)
    const client = await guarded.connect()
    client.get('/never')
    await until(() => guarded.handled.length === 1)
    closeOnSignal([guarded.guard], { signals: ['SIGUSR2'] })
    process.kill(process.pid, 'SIGUSR2')
    await until(() => !guarded.guard.isReady)
    process.kill(process.pid, 'SIGUSR2')
    await client.ended()
    await guarded.guard.close()
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'revoked' })
  })

  it('leaves nothing that holds the process', async () => {
    guarded = await GuardedHttp.start()
    const request = http.get({ port: guarded.port, host: '127.0.0.1', agent: false })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    response.resume()
    await guarded.guard.close()
    expect(guarded.server.listening).toBe(false)
  })
})
