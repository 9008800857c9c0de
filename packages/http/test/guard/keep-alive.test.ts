import http from 'node:http'
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

describe('a keep-alive connection', () => {
  it('is idle between requests and connected from the first byte of one to the last of its answer', async () => {
    let answer = () => {}
    guarded = await GuardedHttp.start({}, (_, response) => {
      answer = () => void response.end('hello')
    })
    const client = await guarded.connect()
    await guarded.heard('connect')
    expect(guarded.states).toEqual(['idle.ready'])
    client.send('GET / HTTP/1.1\r\n')
    await until(() => guarded.states[0] === 'connected.leased')
    expect(guarded.guard.stats()).toMatchObject({ connected: 1, leases: 0 })
    client.send('Host: localhost\r\n\r\n')
    await until(() => guarded.handled.length === 1)
    expect(guarded.guard.stats()).toMatchObject({ connected: 1, leases: 1, acquired: 1 })
    answer()
    await client.answers(1)
    await until(() => guarded.states[0] === 'idle.ready')
    expect([...guarded.guard.connections()]).toMatchObject([{ uses: 1, leases: 0 }])
  })

  it('is closed, without a word, at idle.timeout after its last answer', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, idle: { timeout: 8_000 } })
    const client = await guarded.connect()
    client.get()
    await client.answers(1)
    await clock.advance(7_999)
    expect(guarded.states).toEqual(['idle.ready'])
    await clock.advance(1)
    expect((await client.ended()).match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'idle', uses: 1, age: 8_000 })
  })

  it.each([
    [75_000, 'timeout=74'],
    [5_000, 'timeout=4'],
    [1_500, 'timeout=1'],
  ])(
    'of an idle.timeout of %d ms announces %s, so that the client is the first to close',
    async (timeout, announced) => {
      guarded = await GuardedHttp.start({ idle: { timeout } })
      const client = await guarded.connect()
      client.get()
      expect((await client.answers(1))[0]).toContain(`\r\nKeep-Alive: ${announced}\r\n`)
    },
  )

  it.each([1_400, Number.POSITIVE_INFINITY])('of an idle.timeout of %d ms announces none', async (timeout) => {
    guarded = await GuardedHttp.start({ idle: { timeout } })
    const client = await guarded.connect()
    client.get()
    const [answer] = await client.answers(1)
    expect(answer).toContain('\r\nConnection: keep-alive\r\n')
    expect(answer).not.toContain('Keep-Alive:')
  })

  it('leaves a Keep-Alive header of the application alone', async () => {
    guarded = await GuardedHttp.start({}, (_, response) => {
      response.setHeader('Keep-Alive', 'timeout=3')
      response.end('hello')
    })
    const client = await guarded.connect()
    client.get()
    expect((await client.answers(1))[0]?.match(/Keep-Alive: .*/g)).toEqual(['Keep-Alive: timeout=3'])
  })

  it('carries lifetime.maxUses requests; the last answer says Connection: close', async () => {
    guarded = await GuardedHttp.start({ lifetime: { maxUses: 3 } })
    const client = await guarded.connect()
    for (let i = 1; i <= 3; i++) {
      client.get(`/${i}`)
      const answer = (await client.answers(i))[i - 1]
      expect(answer).toContain(`\r\nConnection: ${i === 3 ? 'close' : 'keep-alive'}\r\n`)
    }
    await client.ended()
    expect(await guarded.heard('retire')).toMatchObject({ reason: 'uses' })
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'uses', uses: 3 })
  })

  it('does not begin requests that were pipelined behind the last', async () => {
    guarded = await GuardedHttp.start({ lifetime: { maxUses: 2 } })
    const client = await guarded.connect()
    client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5))
    const text = await client.ended()
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
    expect(guarded.handled).toHaveLength(2)
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'uses', uses: 2 })
  })

  it('is closed at lifetime.maxAge less its share of the jitter, when idle', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, random: () => 1, lifetime: { maxAge: 10_000, jitter: 0.1 } })
    const client = await guarded.connect()
    client.get()
    await client.answers(1)
    await clock.advance(8_999)
    expect(guarded.states).toEqual(['idle.ready'])
    await clock.advance(1)
    await client.ended()
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'age', age: 9_000 })
  })

  it('that comes of age during a request is closed by its answer', async () => {
    const clock = virtualClock()
    let answer = () => {}
    guarded = await GuardedHttp.start({ clock, lifetime: { maxAge: 10_000, jitter: 0 } }, (_, response) => {
      answer = () => void response.end('hello')
    })
    const client = await guarded.connect()
    client.get()
    await until(() => guarded.handled.length === 1)
    await clock.advance(10_000)
    expect(guarded.states).toEqual(['connected.leaving'])
    answer()
    expect(await client.ended()).toContain('\r\nConnection: close\r\n')
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'age' })
  })

  it('that the client ends with its request is retired after the answer', async () => {
    guarded = await GuardedHttp.start()
    const client = await guarded.connect()
    client.get('/', 'Connection: close\r\n')
    await client.ended()
    expect(await guarded.heard('disconnect')).toMatchObject({ reason: 'retired', uses: 1 })
  })

  it('that the client closes while idle, or in the middle of a request, is lost', async () => {
    guarded = await GuardedHttp.start({}, () => {})
    const [idle, busy] = [await guarded.connect(), await guarded.connect()]
    busy.get()
    await until(() => guarded.handled.length === 1)
    idle.socket.end()
    busy.socket.destroy()
    for (const index of [0, 1]) expect(await guarded.heard('disconnect', index)).toMatchObject({ reason: 'lost' })
    expect(guarded.guard.stats()).toMatchObject({ size: 0, leases: 0 })
  })

  it('answered before its body was all there is connected until it is', async () => {
    guarded = await GuardedHttp.start({}, (_, response) => void response.end('hello'))
    const client = await guarded.connect()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n01234')
    await client.answers(1)
    await sleep(5)
    expect(guarded.states).toEqual(['connected.leased'])
    client.send('56789')
    await until(() => guarded.states[0] === 'idle.ready')
    client.get()
    await client.answers(2)
  })

  it('upgraded to another protocol is connected for good and no longer judged', async () => {
    const clock = virtualClock()
    guarded = await GuardedHttp.start({ clock, idle: { timeout: 1_000 }, header: { timeout: 1_000 } })
    guarded.server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
      socket.pipe(socket)
    })
    const client = await guarded.connect()
    client.get('/', 'Connection: Upgrade\r\nUpgrade: echo\r\n')
    await until(() => client.text.includes('101'))
    await clock.advance(3_600_000)
    expect(guarded.states).toEqual(['connected.leased'])
    client.send('echo')
    await until(() => client.text.endsWith('echo'))
    client.socket.end()
    await guarded.heard('disconnect')
  })

  it('asks for the body of a request that expects it, once', async () => {
    guarded = await GuardedHttp.start({}, (request, response) => {
      request.resume().on('end', () => response.end('hello'))
    })
    const client = await guarded.connect()
    client.send('POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n')
    await until(() => client.text.startsWith('HTTP/1.1 100 Continue'))
    client.send('body')
    await until(() => client.text.endsWith('hello'))
    expect(guarded.guard.stats()).toMatchObject({ acquired: 1 })
  })
})

describe('at the boundary of idle.timeout', () => {
  it('a request that the server has read is answered, whichever came first', { timeout: 30_000 }, async () => {
    guarded = await GuardedHttp.start({ idle: { timeout: 30 } })
    let unanswered = 0
    const race = async (delay: number) => {
      const client = await guarded.connect()
      client.get('/first')
      await client.answers(1)
      const handled = () => guarded.handled.filter((path) => path === `/${delay}`).length
      await sleep(delay)
      client.get(`/${delay}`)
      await client.answers(2).catch(() => {
        if (handled() > 0) unanswered++
      })
      client.socket.destroy()
    }
    const before = guarded.handled.length
    for (let round = 0; round < 12; round++) {
      await Promise.all(Array.from({ length: 10 }, (_, i) => race(27 + i * 0.6 + round / 20)))
    }
    expect(guarded.handled.length).toBeGreaterThan(before + 120)
    expect(unanswered).toBe(0)
    expect(guarded.guard.stats().closed.idle).toBeGreaterThan(0)
  })

  it("Node's agent, told of the timeout, never meets it", async () => {
    guarded = await GuardedHttp.start({ idle: { timeout: 1_600 } })
    const agent = new http.Agent({ keepAlive: true })
    const get = () =>
      new Promise<number>((resolve, reject) => {
        const request = http.get({ port: guarded.port, host: '127.0.0.1', agent }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0))
        })
        request.on('error', reject)
      })
    for (const pause of [0, 900, 1_050, 1_200]) {
      await sleep(pause)
      expect(await get()).toBe(200)
    }
    agent.destroy()
    expect(guarded.guard.stats().closed.idle).toBe(0)
  })
})
