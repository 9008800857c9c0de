import type net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { type Adapter, ConnectError, createPool, type Pool, type PoolOptions } from '@millpond/core'
import { type ChaosProxy, chaosProxy, type Toxic, type VirtualClock, virtualClock } from '@millpond/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TcpLostError, tcp } from '../src/index.js'
import { answerTo, ask, LineServer } from './line-protocol.js'
import { settled, until } from './until.js'

// The server and the sockets are real. Time is virtual, for the pool and for the proxy's toxics alike.
let server: LineServer
let proxy: ChaosProxy
let clock: VirtualClock
let pool: Pool<net.Socket>
/** Of connections, by id, in the order in which it happened. */
let lent: number[]
let ended: { id: number; reason: string; error: unknown; at: number }[]
let attempts: number[]
let failures: unknown[]

beforeEach(async () => {
  server = await LineServer.start()
  clock = virtualClock()
  proxy = await chaosProxy({ target: server.port, clock, seed: 5 })
})

afterEach(async () => {
  await pool.destroy()
  await proxy.close()
  expect(clock.pending).toBe(0)
  expect(pool.stats().size).toBe(0)
  await until(() => server.openCount === 0)
  await server.close()
})

/** A pool of connections to the line server, by way of the proxy, which are checked by asking something. */
function start(options: PoolOptions<net.Socket> = {}, adapter = lines()): void {
  pool = createPool(adapter, { clock, random: () => 0.5, ...options })
  lent = []
  ended = []
  attempts = []
  failures = []
  pool.on('acquire', ({ connection }) => lent.push(connection.id))
  pool.on('connecting', () => attempts.push(clock.now()))
  pool.on('connectError', ({ error }) => failures.push(error))
  pool.on('disconnect', ({ connection, reason, error }) => {
    ended.push({ id: connection.id, reason, error, at: clock.now() })
  })
}

function lines(): Adapter<net.Socket> {
  return {
    ...tcp({ host: proxy.host, port: proxy.port }),
    check: async (socket, { signal }) => {
      if ((await ask(socket, 'ping', signal)) !== answerTo('ping')) throw new Error('not the answer to a ping')
    },
  }
}

const exchange = (line: string) => pool.use((socket) => ask(socket, line))

describe('a connection in a blackhole', () => {
  const blackhole: Toxic = { type: 'timeout', timeout: 0 }

  it('is found by the check before it is lent, within health.timeout, and never lent again', async () => {
    start({ health: { timeout: 2_000 }, size: { max: 1 } })
    expect(await exchange('hello')).toBe(answerTo('hello'))
    await clock.advance(1_000)
    const hole = proxy.add(blackhole)
    const acquiring = pool.acquire()
    expect(pool.stats().waiting).toBe(1)
    await clock.advance(1_999)
    expect(pool.stats().waiting).toBe(1)
    await clock.advance(1)
    const lease = await acquiring
    expect(lease.connection.id).toBe(2)
    expect(ended).toMatchObject([{ id: 1, reason: 'unhealthy', at: 3_000 }])
    // The answer to the ping comes now, and is nobody's.
    await hole.remove()
    await settled()
    expect(await ask(lease.resource, 'and you')).toBe(answerTo('and you'))
    lease.release()
    for (let n = 0; n < 20; n++) expect(await exchange(`number ${n}`)).toBe(answerTo(`number ${n}`))
    expect(lent.filter((id) => id === 1)).toHaveLength(1)
  })

  it('is found by the background check while nobody asks for it', async () => {
    start({ health: { every: 10_000, timeout: 1_000 }, idle: { timeout: Number.POSITIVE_INFINITY } })
    await exchange('hello')
    proxy.add({ ...blackhole, stream: 'upstream' })
    await clock.advance(11_100)
    expect(ended).toMatchObject([{ id: 1, reason: 'unhealthy' }])
    expect(pool.stats().size).toBe(0)
  })

  it('gives the answer to its borrower when the route heals in time', async () => {
    start()
    const hole = proxy.add({ ...blackhole, stream: 'upstream' })
    const answer = exchange('are you there')
    await settled()
    await hole.remove()
    expect(await answer).toBe(answerTo('are you there'))
    expect(ended).toEqual([])
  })

  it('is given up by connect.timeout where the handshake of TLS ends in it, and leaves nothing open', async () => {
    proxy.add(blackhole)
    start({ connect: { timeout: 3_000 } }, tcp({ host: proxy.host, port: proxy.port }, { tls: true }))
    const acquiring = pool.acquire().catch((error: unknown) => error)
    await until(() => server.openCount === 1)
    await clock.advance(3_000)
    expect(await acquiring).toBeInstanceOf(ConnectError)
    await until(() => server.openCount === 0)
    expect(pool.stats()).toMatchObject({ size: 0, closed: { 'connect-failed': 1 } })
  })
})

describe('a connection that is reset', () => {
  it('while it is idle is reported once, and not lent', async () => {
    start()
    await Promise.all([exchange('one'), exchange('two')])
    const open = pool.stats().idle
    const reset = proxy.add({ type: 'reset_peer' })
    await until(() => pool.stats().size === 0)
    await reset.remove()
    expect(ended.map(({ reason }) => reason)).toEqual(Array(open).fill('lost'))
    for (const { error } of ended) {
      expect(error).toBeInstanceOf(TcpLostError)
      expect(error).toMatchObject({ why: 'reset', cause: { code: 'ECONNRESET' } })
    }
    const before = lent.length
    expect(await exchange('three')).toBe(answerTo('three'))
    await settled()
    expect(ended).toHaveLength(open)
    expect(lent.slice(before)).toEqual([open + 1])
  })

  it('among several strikes only those that the seed says, and the others go on', async () => {
    start({ size: { max: 10 } })
    const leases = await Promise.all(Array.from({ length: 10 }, () => pool.acquire()))
    for (const lease of leases) lease.release()
    await proxy.add({ type: 'reset_peer', toxicity: 0.5 }).remove()
    await settled()
    expect(ended.length).toBe(10 - proxy.connections().open)
    expect(ended.length).toBeGreaterThan(0)
    expect(ended.length).toBeLessThan(10)
    expect(pool.stats().idle).toBe(10 - ended.length)
    const dead = ended.map(({ id }) => id)
    const before = lent.length
    for (let n = 0; n < 20; n++) await exchange('still there?')
    expect(lent.slice(before).filter((id) => dead.includes(id))).toEqual([])
  })

  it('in the midst of an answer fails its borrower, and no other gets the rest', async () => {
    start({ size: { max: 1 } })
    const cut = proxy.add({ type: 'limit_data', bytes: 5 })
    await expect(exchange('a long question')).rejects.toThrow('ended after 5 characters')
    await cut.remove()
    expect(await exchange('the next')).toBe(answerTo('the next'))
    expect(lent).toEqual([1, 2])
  })
})

describe('a server that is down', () => {
  it('is tried again after ever longer pauses, and serves those who waited once it is back', async () => {
    const backoff = { initialDelay: 100, factor: 2, maxDelay: 300, jitter: 0 }
    start({ connect: { retry: true, backoff } })
    expect(await exchange('hello')).toBe(answerTo('hello'))
    const down = proxy.add({ type: 'down' })
    await until(() => ended.length === 1)
    const answer = exchange('anybody')
    await until(() => failures.length === 1)
    for (const [n, pause] of [100, 200, 300, 300].entries()) {
      await clock.advance(pause - 1)
      await settled()
      expect(failures).toHaveLength(n + 1)
      await clock.advance(1)
      await until(() => failures.length === n + 2)
    }
    expect(attempts).toEqual([0, 0, 100, 300, 600, 900])
    expect(failures).toMatchObject(Array(5).fill({ code: 'ECONNREFUSED', phase: 'connect' }))
    await down.remove()
    await clock.advance(300)
    expect(await answer).toBe(answerTo('anybody'))
    expect(attempts.at(-1)).toBe(1_200)
  })

  it('fails those who ask with the reason, while nothing else can serve them', async () => {
    start()
    proxy.add({ type: 'down' })
    await expect(exchange('anybody')).rejects.toMatchObject({
      code: 'ERR_POOL_CONNECT',
      cause: { code: 'ECONNREFUSED' },
    })
    await proxy.reset()
    await clock.advance(1_000)
    expect(await exchange('hello again')).toBe(answerTo('hello again'))
  })

  it('ends the leases that are out: their borrowers are told, and minimum is restored when it is back', async () => {
    start({ size: { min: 2, max: 4 } })
    await pool.warm()
    const lease = await pool.acquire()
    const down = proxy.add({ type: 'down' })
    await until(() => lease.signal.aborted)
    await until(() => ended.length === 2)
    lease.release()
    // One of them was lost unused, which counts as a failed open.
    await clock.advance(200)
    await until(() => failures.length > 0)
    await down.remove()
    // Longer than the longest pause.
    await clock.advance(6_000)
    await until(() => pool.stats().idle === 2)
    expect(await exchange('hello')).toBe(answerTo('hello'))
  })
})

describe('traffic over a bad line', () => {
  const bad: Toxic[][] = [
    [{ type: 'slicer', averageSize: 7, sizeVariation: 6 }],
    [{ type: 'latency', latency: 30, jitter: 30 }],
    [{ type: 'bandwidth', rate: 2 }],
    [
      { type: 'latency', latency: 20, jitter: 20, toxicity: 0.5 },
      { type: 'slicer', averageSize: 50, sizeVariation: 49, delay: 2 },
      { type: 'bandwidth', rate: 5, toxicity: 0.7 },
      { type: 'slow_close', delay: 100 },
    ],
  ]

  it.each(bad.map((toxics) => [toxics.map(({ type }) => type).join(', '), toxics] as const))(
    'of %s stays whole: everyone gets the answer to the own question',
    async (_types, toxics) => {
      start({ size: { max: 4 }, connect: { growth: 'eager' } })
      for (const toxic of toxics) {
        proxy.add(toxic)
        proxy.add({ ...toxic, stream: 'upstream' } as Toxic)
      }
      const questions = Array.from({ length: 60 }, (_, n) => `${n}`.repeat(1 + ((n * 37) % 200)))
      const asking = Promise.all(questions.map((question) => exchange(question)))
      let answers: string[] | undefined
      asking.then((all) => {
        answers = all
      })
      while (answers === undefined) {
        await turn()
        await clock.advance(1)
      }
      expect(answers).toEqual(questions.map(answerTo))
      expect(ended).toEqual([])
      expect(proxy.connections().total).toBe(4)
    },
  )
})

describe('a close that is slow to be answered', () => {
  it('is waited for, up to close.timeout', async () => {
    start({ close: { timeout: 1_000 } })
    proxy.add({ type: 'slow_close', delay: 400 })
    const lease = await pool.acquire()
    lease.retire()
    await settled()
    await clock.advance(399)
    await settled()
    expect(pool.stats().closing).toBe(1)
    await clock.advance(1)
    await until(() => ended.length === 1)
    expect(ended).toMatchObject([{ reason: 'retired', at: 400 }])
  })

  it('is cut short at close.timeout, and the pool closes without waiting longer', async () => {
    start({ close: { timeout: 1_000 } })
    proxy.add({ type: 'slow_close', delay: 60_000 })
    await exchange('hello')
    let closed = false
    const closing = pool.close().then(() => {
      closed = true
    })
    await settled()
    await clock.advance(999)
    await settled()
    expect(closed).toBe(false)
    await clock.advance(1)
    await closing
    expect(ended).toMatchObject([{ reason: 'pool-closed', at: 1_000 }])
    await proxy.reset()
    await until(() => proxy.connections().open === 0)
  })
})
