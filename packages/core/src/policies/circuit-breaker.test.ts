import { describe, expect, it } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, type Outcome, record, testPool } from '../../test/test-pool.js'
import type { VirtualClock } from '../../test/virtual-clock.js'
import type { ConnectionInfo } from '../connection/connection-info.js'
import { CircuitOpenError } from '../errors/circuit-open-error.js'
import type { PoolOptions } from '../pool/pool-options.js'
import { circuitBreaker } from './circuit-breaker.js'
import type { PolicyHost } from './policy.js'

const refused = new Error('refused')

/** A server that can be down; the moments at which opens began. Each takes `ms` to be refused or to succeed. */
function server(ms = 1) {
  const state = { up: false, began: [] as number[], running: 0, most: 0 }
  const adapter = (clock: VirtualClock) => ({
    async open({ connectionId }: { connectionId: number }) {
      state.began.push(clock.now())
      state.most = Math.max(state.most, ++state.running)
      await new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
      state.running--
      if (!state.up) throw refused
      return new TestResource(connectionId)
    },
  })
  return Object.assign(state, { adapter })
}

/** A breaker of 3 failures and 10 s over a backoff that is short. */
const breaker = (options: PoolOptions = {}): PoolOptions => ({
  ...options,
  connect: {
    backoff: { initialDelay: 10, maxDelay: 10, jitter: 0 },
    ...options.connect,
    breaker: { failures: 3, cooldown: 10_000 },
  },
})

const states = (outcomes: Outcome<unknown>[]) => outcomes.map(({ state }) => state)

/** A pool whose circuit has just opened, at about 40 ms. */
async function tripped(options: PoolOptions = {}) {
  const down = server()
  const made = testPool(breaker(options), down.adapter)
  for (let i = 0; i < 3; i++) {
    follow(made.pool.acquire({ timeout: 15 }))
    await made.clock.advance(20)
  }
  expect(down.began).toHaveLength(3)
  return { ...made, down }
}

it('opens nothing for the cool-down after so many failures in a row, and refuses at once with CircuitOpenError', async () => {
  const { pool, clock, down } = await tripped()
  const failures = record(pool, 'acquireError')
  const error = await pool.acquire().catch((error: unknown) => error)
  expect(error).toBeInstanceOf(CircuitOpenError)
  expect(error).toMatchObject({ code: 'ERR_POOL_CIRCUIT_OPEN', failures: 3, cause: refused, pool: 'test' })
  const { retryIn } = error as CircuitOpenError
  expect(retryIn).toBeGreaterThan(9_900)
  expect(retryIn).toBeLessThanOrEqual(10_000)
  for (let i = 0; i < 50; i++) {
    follow(pool.acquire())
    await clock.advance(100)
  }
  expect(down.began).toHaveLength(3)
  expect(new Set(failures.map(({ event }) => event.reason))).toEqual(new Set(['circuit-open']))
  expect(failures).toHaveLength(51)
})

it('refuses at once also while the backoff of the last failure is still running', async () => {
  const down = server()
  const backoff = { initialDelay: 2_000, maxDelay: 2_000, jitter: 0 }
  const { pool, clock } = testPool(breaker({ size: { max: 3 }, connect: { backoff } }), down.adapter)
  for (let i = 0; i < 3; i++) follow(pool.acquire())
  await clock.advance(20)
  const next = follow(pool.acquire())
  await clock.settle()
  expect([next.error, down.began.length]).toEqual([expect.objectContaining({ code: 'ERR_POOL_CIRCUIT_OPEN' }), 3])
})

it('opens no more connections than the same pool without a breaker while all goes well', async () => {
  for (const growth of ['elastic', 'eager'] as const) {
    const began: number[][] = []
    for (const options of [{ connect: { growth } }, breaker({ connect: { growth } })]) {
      const up = server(50)
      up.up = true
      const { pool, clock } = testPool(options, up.adapter)
      follow(pool.acquire())
      await clock.advance(200)
      follow(pool.acquire())
      await clock.advance(200)
      began.push(up.began)
    }
    expect(began[1], growth).toEqual(began[0])
  }
})

it('counts failures in a row: a success in between begins anew', async () => {
  const down = server()
  const { pool, clock } = testPool(breaker(), down.adapter)
  for (const up of [false, false, true, false, false, true]) {
    down.up = up
    const lease = follow(pool.acquire())
    await clock.advance(100)
    expect(lease.state).toBe(up ? 'fulfilled' : 'rejected')
    if (!up) expect(lease.error).toMatchObject({ code: 'ERR_POOL_CONNECT' })
    lease.value?.destroy()
  }
  expect(down.began).toHaveLength(6)
})

it('counts opens that time out', async () => {
  let opens = 0
  const { pool, clock } = testPool(breaker({ connect: { timeout: 50 }, close: { timeout: 10 } }), {
    open: () => {
      opens++
      return new Promise<TestResource>(() => {})
    },
  })
  for (let i = 0; i < 3; i++) {
    follow(pool.acquire())
    await clock.advance(100)
  }
  expect(opens).toBe(3)
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CIRCUIT_OPEN' })
  expect(opens).toBe(3)
})

describe('an open circuit', () => {
  /** One connection open and at hand, the circuit open for all others. */
  async function withOneOpen(options: PoolOptions = {}) {
    const down = server()
    down.up = true
    const made = testPool(breaker({ ...options, connect: { growth: 'eager', ...options.connect } }), down.adapter)
    const { pool, clock } = made
    void pool.warm(1)
    await clock.advance(5)
    const lease = await pool.acquire()
    down.up = false
    for (let i = 0; i < 3; i++) {
      follow(pool.acquire({ timeout: 30 }))
      await clock.advance(40)
    }
    expect(down.began.length).toBeGreaterThanOrEqual(4)
    return { ...made, down, lease }
  }

  it('serves an acquire that finds a connection idle', async () => {
    const { pool, lease, down } = await withOneOpen()
    const opens = down.began.length
    lease.release()
    expect((await pool.acquire()).reused).toBe(true)
    expect(down.began).toHaveLength(opens)
  })

  it('lets those wait whom a leased connection can serve', async () => {
    const { pool, clock, lease } = await withOneOpen()
    const waiting = follow(pool.acquire())
    await clock.advance(500)
    expect(waiting.state).toBe('pending')
    lease.release()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
  })

  it('lets those wait whom a connection that is being checked or reset can serve', async () => {
    const { pool, clock, lease } = await withOneOpen()
    void lease
    const waiting = [follow(pool.acquire()), follow(pool.acquire())]
    await clock.advance(10)
    expect(states(waiting)).toEqual(['pending', 'pending'])
  })

  it('fails those who wait when the last connection that could serve them goes', async () => {
    const { pool, clock, lease } = await withOneOpen()
    const waiting = follow(pool.acquire())
    lease.destroy()
    await clock.advance(100)
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CIRCUIT_OPEN', cause: refused })
  })

  it('fails fresh acquires, which nothing open can serve, and no others', async () => {
    const { pool, clock } = await withOneOpen()
    const [fresh, plain] = [follow(pool.acquire({ fresh: true })), follow(pool.acquire())]
    await clock.advance(100)
    expect(fresh.error).toMatchObject({ code: 'ERR_POOL_CIRCUIT_OPEN' })
    expect(plain.state).toBe('pending')
  })

  it('grants nothing to a tryAcquire, and fails a warm', async () => {
    const { pool } = await tripped()
    expect(pool.tryAcquire()).toBeUndefined()
    await expect(pool.warm(1)).rejects.toMatchObject({ code: 'ERR_POOL_CIRCUIT_OPEN' })
  })

  it('keeps waiters until their deadlines with connect.retry, and serves them when the probe succeeds', async () => {
    const { pool, clock, down } = await tripped({ connect: { retry: true } })
    const waiting = [follow(pool.acquire()), follow(pool.acquire({ timeout: 100 }))]
    await clock.advance(9_000)
    expect(states(waiting)).toEqual(['pending', 'rejected'])
    expect(waiting[1]?.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' })
    down.up = true
    await clock.advance(1_010)
    expect(waiting[0]?.state).toBe('fulfilled')
  })
})

describe('the half-open probe', () => {
  it('is one open, however many wait; its success closes the circuit and opens for the others', async () => {
    const { pool, clock, down } = await tripped({ connect: { retry: true }, size: { max: 5 } })
    const waiting = Array.from({ length: 5 }, () => follow(pool.acquire()))
    down.up = true
    const before = down.began.length
    await clock.advance(9_930)
    expect(down.began).toHaveLength(before)
    await clock.advance(50)
    expect(down.began.slice(before).filter((at) => at === down.began[before])).toHaveLength(1)
    await clock.advance(1_000)
    expect(states(waiting)).toContain('fulfilled')
    for (let i = 0; i < 5; i++) {
      for (const { value } of waiting) value?.release()
      await clock.advance(10)
    }
    expect(new Set(states(waiting))).toEqual(new Set(['fulfilled']))
  })

  it('opens the circuit for another cool-down when it fails', async () => {
    const { pool, clock, down } = await tripped({ connect: { retry: true } })
    follow(pool.acquire({ timeout: 100_000 }))
    const before = down.began.length
    await clock.advance(30_500)
    const probes = down.began.slice(before)
    expect(probes).toHaveLength(3)
    for (const [i, at] of probes.entries()) {
      if (i > 0) expect(at - (probes[i - 1] as number)).toBeGreaterThanOrEqual(10_000)
      if (i > 0) expect(at - (probes[i - 1] as number)).toBeLessThanOrEqual(10_015)
    }
    expect(down.most).toBe(1)
  })

  it('keeps who comes while it runs waiting for its outcome', async () => {
    const opens = gatedOpens()
    const { pool, clock } = testPool(breaker(), opens)
    for (let i = 0; i < 3; i++) {
      follow(pool.acquire())
      opens.calls[i]?.fail(refused)
      await clock.advance(20)
    }
    await clock.advance(10_000)
    const first = follow(pool.acquire())
    expect(opens.calls).toHaveLength(4)
    const during = [follow(pool.acquire()), follow(pool.acquire())]
    await clock.advance(500)
    expect([opens.calls.length, ...states([first, ...during])]).toEqual([4, 'pending', 'pending', 'pending'])
    opens.calls[3]?.fail(refused)
    await clock.settle()
    expect(states([first, ...during])).toEqual(['rejected', 'rejected', 'rejected'])
    const after = follow(pool.acquire())
    await clock.advance(20)
    expect(after.error).toMatchObject({ code: 'ERR_POOL_CIRCUIT_OPEN', failures: 4 })
  })

  it('is not made for nobody: the circuit stays open until somebody asks', async () => {
    const { pool, clock, down } = await tripped()
    await clock.advance(100_000)
    expect(down.began).toHaveLength(3)
    expect(clock.pending).toBe(0)
    down.up = true
    const later = follow(pool.acquire())
    await clock.advance(10)
    expect(later.state).toBe('fulfilled')
  })

  it('is made by the timer for a shortfall of size.min, with nobody asking (invariant 9)', async () => {
    const down = server()
    const { pool, clock } = testPool(breaker({ size: { min: 2 } }), down.adapter)
    await clock.advance(5_000)
    expect(down.began.length).toBeLessThanOrEqual(4)
    const before = down.began.length
    down.up = true
    await clock.advance(5_200)
    expect(down.began.length).toBeGreaterThan(before)
    expect(pool.stats()).toMatchObject({ idle: 2, size: 2 })
  })

  it.each(['flushed', 'hanging'])('that is %s does not keep the circuit half open for ever', async (how) => {
    const began: number[] = []
    const { pool, clock } = testPool(
      breaker({ connect: { retry: true, timeout: 1_000 }, close: { timeout: 100 } }),
      (clock) => ({
        async open({ connectionId }) {
          began.push(clock.now())
          if (began.length <= 3) throw refused
          if (began.length === 4) await new Promise(() => {})
          return new TestResource(connectionId)
        },
      }),
    )
    const waiting = follow(pool.acquire({ timeout: 100_000 }))
    await clock.advance(10_500)
    expect(began).toHaveLength(4)
    if (how === 'flushed') pool.flush()
    await clock.advance(30_000)
    expect(waiting.state).toBe('fulfilled')
  })

  it('that a policy of the borrowers retires at once closes the circuit all the same: the server is up', async () => {
    const { pool, clock, down } = await tripped({
      connect: { retry: true },
      policies: [{ name: 'picky', onConnect: ({ connection }) => (connection.id === 4 ? 'retire' : 'keep') }],
    })
    const waiting = follow(pool.acquire())
    down.up = true
    await clock.advance(10_500)
    expect(waiting.state).toBe('fulfilled')
    expect(waiting.value.connection.id).toBe(5)
  })

  it('is not made while the pool is paused, and is on resume', async () => {
    const { pool, clock, down } = await tripped({ connect: { retry: true } })
    const waiting = follow(pool.acquire({ timeout: 100_000 }))
    pool.pause()
    await clock.advance(20_000)
    expect(down.began).toHaveLength(3)
    down.up = true
    pool.resume()
    await clock.advance(10)
    expect(waiting.state).toBe('fulfilled')
  })
})

it('lets no second open begin while the probe runs, and another one when it has gone without an outcome', () => {
  const wakes: unknown[] = []
  const info = (id: number) => ({ id }) as ConnectionInfo
  const hooks = circuitBreaker({ failures: 1, cooldown: 100 }).attach?.({
    pool: 'test',
    now: () => 0,
    wake: (at?: number) => void wakes.push(at),
  } as PolicyHost)
  const mayOpen = (now: number) => hooks?.mayOpen?.({ size: 0, connecting: 0, waiting: 1, now })
  expect(mayOpen(0)).toBe('admit')
  hooks?.onConnecting?.({ connection: info(1), now: 0 })
  hooks?.onConnectError?.({ connection: info(1), error: refused, now: 10 })
  hooks?.onDisconnect?.({ connection: info(1), reason: 'connect-failed', now: 10 })
  expect(mayOpen(109)).toMatchObject({ verdict: 'reject', error: { retryIn: 1, failures: 1 } })
  expect(wakes).toEqual([110, 110])
  expect(mayOpen(110)).toBe('admit')
  const probe = info(2)
  hooks?.onConnecting?.({ connection: probe, now: 110 })
  expect([mayOpen(111), mayOpen(500)]).toEqual(['wait', 'wait'])
  hooks?.onDisconnect?.({ connection: probe, reason: 'stale', now: 500 })
  expect([wakes.at(-1), mayOpen(500)]).toEqual([undefined, 'admit'])
})

it('closes when an open that was under way when it opened succeeds after all', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool(breaker({ connect: { retry: true }, size: { max: 4 } }), opens)
  const waiting = Array.from({ length: 4 }, () => follow(pool.acquire()))
  for (const call of opens.calls.slice(0, 3)) call.fail(refused)
  await clock.settle()
  opens.calls[3]?.succeed()
  await clock.advance(100)
  expect(states(waiting)).toContain('fulfilled')
  expect(opens.calls.length).toBeGreaterThan(4)
})

it('holds no waiter and no timer when the pool closes with the circuit open (invariant 7)', async () => {
  const { pool, clock } = await tripped({ connect: { retry: true } })
  const waiting = follow(pool.acquire())
  await clock.advance(100)
  await pool.close()
  expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CLOSED' })
  expect(clock.pending).toBe(0)
})

it('lets a listener that hears of a refusal ask again: refused as well, in its turn', async () => {
  const { pool, clock } = await tripped()
  const again: Outcome<unknown>[] = []
  pool.once('acquireError', () => again.push(follow(pool.acquire())))
  const first = follow(pool.acquire())
  await clock.settle()
  expect([...again, first].map(({ error }) => (error as CircuitOpenError).code)).toEqual([
    'ERR_POOL_CIRCUIT_OPEN',
    'ERR_POOL_CIRCUIT_OPEN',
  ])
})

it.each([5, { failures: 0 }, { cooldown: 0 }, { failures: 1.5 }, { failure: 3 }])('refuses %j', (given) => {
  expect(() => testPool({ connect: { breaker: given as never } })).toThrow('connect.breaker')
})

describe('a server that is down is not hammered: 1,000 waiters for a minute cause at most 30 opens', () => {
  const down = async (options: PoolOptions, ms: number) => {
    const failing = server(ms)
    const { pool, clock } = testPool(
      { ...options, acquire: { timeout: 120_000 }, connect: { retry: true, ...options.connect } },
      failing.adapter,
    )
    const waiting = Array.from({ length: 1_000 }, () => follow(pool.acquire()))
    await clock.advance(60_000)
    const opens = failing.began.length
    expect(waiting.filter(({ state }) => state !== 'pending')).toEqual([])
    failing.up = true
    return { pool, clock, waiting, opens }
  }

  it.each([
    ['without a breaker', {}, 1],
    ['without a breaker, refused at once', {}, 0],
    ['without a breaker, refused after a second', {}, 1_000],
    ['with a breaker', { connect: { breaker: { failures: 5, cooldown: 10_000 } } }, 1],
    [
      'with a breaker of one failure and a short cool-down',
      { connect: { breaker: { failures: 1, cooldown: 100 } } },
      1,
    ],
    ['with the shortest backoff that chance gives', { random: () => 0 }, 1],
    ['with size.min', { size: { min: 5 } }, 1],
    ['growing eagerly', { connect: { growth: 'eager' } }, 1],
  ] as [string, PoolOptions, number][])('%s', async (_, options, ms) => {
    const { pool, clock, waiting, opens } = await down(options, ms)
    expect(opens).toBeLessThanOrEqual(30)
    expect(opens).toBeGreaterThan(10)
    await clock.advance(12_000)
    expect(waiting.filter(({ state }) => state === 'fulfilled').length, 'served once it is up').toBe(10)
    await pool.destroy()
  })
})
