import type http from 'node:http'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { GuardedHttp } from './guarded-http.js'

let guarded: GuardedHttp

afterEach(async () => {
  await guarded.stop()
  expect(guarded.states).toEqual([])
})

const reading: http.RequestListener = (request, response) => {
  request.on('error', () => {})
  request.resume().on('end', () => response.end('hello'))
}

const received = () => guarded.sockets.reduce((sum, socket) => sum + socket.bytesWritten, 0)

/** Resolves once the server has read all that was sent. */
async function read(): Promise<void> {
  await until(() => received() > 0)
  await sleep(5)
}

const timedOut = (detail: string) => ({
  reason: 'timeout',
  detail,
  error: { code: 'ERR_GUARD_SLOW_PEER', phase: detail },
})

describe('a client that is too slow', () => {
  it('to send anything at all gets 408 at header.timeout from its accept', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, header: { timeout: 4_000 } })
    const client = await guarded.connect()
    await guarded.heard('connect')
    await clock.advance(3_999)
    expect(guarded.states).toEqual(['idle.ready'])
    await clock.advance(1)
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n/)
    expect(await guarded.heard('disconnect')).toMatchObject({ ...timedOut('header'), age: 4_000, uses: 0 })
    expect(guarded.guard.stats()).toMatchObject({ timedOut: 1, closed: { timeout: 1 } })
  })

  it('with its headers gets 408 at header.timeout, however many of them it sends meanwhile', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, header: { timeout: 4_000 } })
    const client = await guarded.connect()
    client.send('GET / HTTP/1.1\r\nHost: localhost\r\n')
    await until(() => guarded.states[0] === 'connected.leased')
    for (let i = 0; i < 3; i++) {
      await clock.advance(1_000)
      client.send(`X-${i}: slow\r\n`)
      await sleep(2)
    }
    await clock.advance(999)
    expect(guarded.states).toEqual(['connected.leased'])
    await clock.advance(1)
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 /)
    expect(await guarded.heard('disconnect')).toMatchObject(timedOut('header'))
    expect(guarded.handled).toEqual([])
  })

  it('with the headers of a later request gets 408 at header.timeout from their first byte', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, header: { timeout: 4_000 }, idle: { timeout: 60_000 } })
    const client = await guarded.connect()
    client.get()
    await client.answers(1)
    await clock.advance(10_000)
    client.send('GET /second HTTP/1.1\r\n')
    await until(() => guarded.states[0] === 'connected.leased')
    await clock.advance(3_999)
    expect(guarded.states).toEqual(['connected.leased'])
    await clock.advance(1)
    expect((await client.ended()).split('HTTP/1.1 408 ')).toHaveLength(2)
    expect(await guarded.heard('disconnect')).toMatchObject({ ...timedOut('header'), uses: 1 })
  })

  it('with its whole request gets 408 at request.timeout, though its body goes on coming', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, request: { timeout: 5_000, progress: 2_000 } }, reading)
    const client = await guarded.connect()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n')
    await until(() => guarded.handled.length === 1)
    for (let i = 0; i < 4; i++) {
      await clock.advance(1_000)
      client.send('x')
      await read()
    }
    await clock.advance(999)
    expect(guarded.states).toEqual(['connected.leased'])
    await clock.advance(1)
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 /)
    expect(await guarded.heard('disconnect')).toMatchObject(timedOut('request'))
  })

  it('with the next byte of its body gets 408 at request.progress from the last one', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, request: { progress: 2_000 } }, reading)
    const client = await guarded.connect()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n')
    await until(() => guarded.handled.length === 1)
    await clock.advance(1_500)
    client.send('x')
    await read()
    await clock.advance(1_999)
    expect(guarded.states).toEqual(['connected.leased'])
    await clock.advance(1)
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 /)
    expect(await guarded.heard('disconnect')).toMatchObject(timedOut('progress'))
  })

  it('for request.minRate gets 408 when its body falls behind, not before the grace is over', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, request: { minRate: 100, grace: 3_000 } }, reading)
    const client = await guarded.connect()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000\r\n\r\n')
    await until(() => guarded.handled.length === 1)
    client.send('x'.repeat(400))
    await read()
    await clock.advance(3_999)
    expect(guarded.states).toEqual(['connected.leased'])
    await clock.advance(1)
    expect(await client.ended()).toMatch(/^HTTP\/1\.1 408 /)
    expect(await guarded.heard('disconnect')).toMatchObject(timedOut('rate'))
  })

  it('that keeps request.minRate is served however long it takes', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, request: { minRate: 100, grace: 1_000 } }, reading)
    const client = await guarded.connect()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n')
    await until(() => guarded.handled.length === 1)
    for (let i = 0; i < 10; i++) {
      client.send('x'.repeat(200))
      await read()
      await clock.advance(1_500)
    }
    expect(await client.answers(1)).toHaveLength(1)
    expect(guarded.guard.stats().timedOut).toBe(0)
  })

  it('because the application does not read is not to blame', async () => {
    const clock = virtualClock()
    let readOn = () => {}
    guarded = await GuardedHttp.start(
      { clock, request: { progress: 1_000, minRate: 1_000, grace: 500 } },
      (request, response) => {
        request.on('data', () => {}).pause()
        request.on('end', () => response.end('hello'))
        readOn = () => request.resume()
      },
    )
    const client = await guarded.connect()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500000\r\n\r\n')
    client.send('x'.repeat(500_000))
    await until(() => guarded.handled.length === 1)
    await sleep(50)
    await clock.advance(20_000)
    expect(guarded.states).toEqual(['connected.leased'])
    readOn()
    expect(await client.answers(1)).toHaveLength(1)
  })

  it('gets no 408 into the middle of an answer that has begun', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, request: { progress: 1_000 } }, (request, response) => {
      request.on('error', () => {}).resume()
      response.write('half an answer')
    })
    const client = await guarded.connect()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n')
    await until(() => client.text.includes('half'))
    await clock.advance(1_000)
    expect(await client.ended()).not.toContain('408')
    expect(await guarded.heard('disconnect')).toMatchObject(timedOut('progress'))
  })

  it('is not confused with an application that is', async () => {
    const clock = virtualClock()
    let answer = () => {}
    guarded = await GuardedHttp.start(
      { clock, header: { timeout: 1_000 }, idle: { timeout: 1_000 } },
      (_, response) => {
        answer = () => void response.end('hello')
      },
    )
    const client = await guarded.connect()
    client.get()
    await until(() => guarded.handled.length === 1)
    await clock.advance(3_600_000)
    expect(guarded.states).toEqual(['connected.leased'])
    answer()
    await client.answers(1)
  })

  it('is cut off within 100 ms of each timeout on the clock of the system', async () => {
    guarded = await GuardedHttp.start(
      { header: { timeout: 300 }, request: { progress: 400, timeout: 500 }, idle: { timeout: 350 } },
      reading,
    )
    const took = async (text: string, answered = false) => {
      const client = await guarded.connect()
      if (answered) {
        client.get()
        await client.answers(1)
      }
      const start = performance.now()
      client.send(text)
      await client.ended()
      return performance.now() - start
    }
    const body = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n'
    const [header, progress, idle, second] = await Promise.all([
      took('GET / HTTP/1.1\r\n'),
      took(body),
      took('', true),
      took('GET / HTTP/1.1\r\n', true),
    ])
    for (const [measured, timeout] of [
      [header, 300],
      [progress, 400],
      [idle, 350],
      [second, 300],
    ] as const) {
      expect(measured).toBeGreaterThan(timeout - 15)
      expect(measured).toBeLessThan(timeout + 100)
    }
  })
})

describe('after a standstill of the event loop', () => {
  it('what has arrived meanwhile is read before its sender is judged', async () => {
    guarded = await GuardedHttp.start({ header: { timeout: 200 }, idle: { timeout: 200 } })
    const kept = await guarded.connect()
    kept.get()
    await kept.answers(1)
    const fresh = await guarded.connect()
    await guarded.heard('connect', 1)
    kept.get('/kept')
    fresh.get('/fresh')
    // Both are in the kernel by the time the loop turns again.
    const until = performance.now() + 400
    while (performance.now() < until);
    await Promise.all([kept.answers(2), fresh.answers(1)])
    expect(guarded.handled.sort()).toEqual(['/', '/fresh', '/kept'])
    expect(guarded.guard.stats().timedOut).toBe(0)
  })
})
