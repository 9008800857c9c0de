import { describe, expect, it, vi } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, type Outcome, record, testPool } from '../../test/test-pool.js'
import type { Lease } from '../acquire/lease.js'
import type { Adapter } from '../adapter/adapter.js'
import type { Pool } from './pool.js'
import type { PoolEvents } from './pool-events.js'

type TestLease = Lease<TestResource>

const events = [
  ...(['connecting', 'connect', 'connectError', 'transition', 'retire', 'disconnect', 'acquiring', 'acquire'] as const),
  ...(['acquireError', 'release', 'pause', 'resume', 'flush', 'quiet', 'close', 'slow', 'misuse'] as const),
] satisfies (keyof PoolEvents)[]

const calls = [
  ...(['open', 'close', 'destroy', 'isUsable', 'check', 'reset', 'watch', 'unwatch', 'setRef', 'isFatal'] as const),
]

type Source = (typeof events)[number] | (typeof calls)[number]

/** What somebody may do from within a listener or an adapter's method. */
const actions: Record<string, (pool: Pool<TestResource>, mine: Outcome<TestLease>[]) => void> = {
  acquire: (pool, mine) => void mine.push(follow(pool.acquire({ timeout: 500 }))),
  'acquire fresh': (pool, mine) => void mine.push(follow(pool.acquire({ timeout: 500, fresh: true }))),
  'acquire aborted': (pool, mine) => {
    const controller = new AbortController()
    mine.push(follow(pool.acquire({ signal: controller.signal })))
    controller.abort()
  },
  tryAcquire: (pool) => pool.tryAcquire()?.release(),
  'tryAcquire and keep': (pool, mine) => {
    const lease = pool.tryAcquire()
    if (lease !== undefined) mine.push(follow(Promise.resolve(lease)))
  },
  'release all': (_, mine) => {
    for (const { value } of mine) value?.release()
  },
  'destroy all leases': (_, mine) => {
    for (const { value } of mine) value?.destroy()
  },
  flush: (pool) => pool.flush(),
  'flush now': (pool) => pool.flush({ leased: 'now' }),
  pause: (pool) => pool.pause(),
  'pause refusing': (pool) => pool.pause({ waiters: 'reject' }),
  resume: (pool) => pool.resume(),
  'pause and resume': (pool) => {
    pool.pause()
    pool.resume()
  },
  'resize down and up': (pool) => {
    if (pool.stats().state === 'closing' || pool.stats().state === 'closed') return
    pool.resize({ min: 0, max: 1 })
    pool.resize({ min: 1, max: 3 })
  },
  warm: (pool) => void follow(pool.warm(2)),
  close: (pool) => void pool.close({ timeout: 100 }),
  'close serving': (pool) => void pool.close({ timeout: 100, waiters: 'serve' }),
  destroy: (pool) => void pool.destroy(),
}

/** A pool through whose life each event and each adapter call comes up, with `act` done whenever `source` does, except
 * from within itself. */
async function live(source: Source, act: (pool: Pool<TestResource>, mine: Outcome<TestLease>[]) => void) {
  const opened: TestResource[] = []
  const watched = { on: 0, off: 0 }
  const mine: Outcome<TestLease>[] = []
  let times = 0
  let within = false
  let stopped = false
  const stop = () => {
    stopped = true
  }
  const happens = (what: Source) => {
    if (what !== source || within || stopped) return
    // Whoever answers a listener that always does the same without end would hang the test here.
    if (++times > 60) return made.pool.resume()
    within = true
    act(made.pool, mine)
    within = false
  }
  let opens = 0
  const adapter = (clock: { setTimeout(fn: () => void, ms: number): unknown }): Partial<Adapter<TestResource>> => {
    const later = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
    return {
      async open() {
        const id = ++opens
        happens('open')
        await later(10)
        if (id === 3) throw new Error('refused')
        const resource = new TestResource(id)
        opened.push(resource)
        return resource
      },
      async close(resource) {
        resource.closes++
        happens('close')
        await later(20)
      },
      destroy(resource) {
        resource.destroys++
        happens('destroy')
      },
      isUsable(resource) {
        happens('isUsable')
        return resource.usable
      },
      async check() {
        happens('check')
        await later(5)
      },
      async reset() {
        happens('reset')
        await later(5)
      },
      watch(resource, signals) {
        watched.on++
        resource.signals = signals
        happens('watch')
        return () => {
          watched.off++
          happens('unwatch')
        }
      },
      setRef: () => happens('setRef'),
      isFatal() {
        happens('isFatal')
        return true
      },
    }
  }
  const made = testPool(
    {
      size: { min: 1, max: 3 },
      acquire: { timeout: 300, slow: 5 },
      idle: { timeout: 1_000 },
      lifetime: { maxUses: 4 },
      health: { every: 400, after: 100 },
      connect: { growth: 'eager' },
    },
    adapter,
  )
  const { pool, clock } = made
  const errors = record(pool, 'error')
  for (const name of events) pool.on(name, () => happens(name))

  const acquire = () => {
    const outcome = follow(pool.acquire())
    mine.push(outcome)
    return outcome
  }
  const [first, second] = [acquire(), acquire(), acquire()]
  await clock.advance(50)
  first.value?.release()
  first.value?.release()
  second.value?.retire()
  await clock.advance(50)
  acquire()
  opened.at(-1)?.lose()
  follow(pool.acquire({ signal: AbortSignal.abort() }))
  await clock.advance(50)
  follow(pool.use(() => Promise.reject(new Error('fatal'))))
  await clock.advance(150)
  for (const { value } of mine) value?.[Symbol.dispose]()
  await clock.advance(600)
  for (let i = 0; i < 8; i++) follow(pool.use(() => {}))
  await clock.advance(100)
  pool.pause()
  acquire()
  await clock.advance(20)
  pool.resume()
  await clock.advance(100)
  pool.flush()
  await clock.advance(100)
  for (const { value } of mine) value?.[Symbol.dispose]()
  await clock.advance(1_500)
  return { ...made, errors, opened, watched, mine, stop, times: () => times }
}

function expectConsistent(pool: Pool<TestResource>, most = pool.stats().max): void {
  const all = [...pool.connections()]
  const { size, connecting, connected, idle, closing, leases } = pool.stats()
  expect(connecting + connected + idle + closing).toBe(size)
  expect(all).toHaveLength(size)
  expect(all.reduce((sum, connection) => sum + connection.leases, 0)).toBe(leases)
  expect(size).toBeLessThanOrEqual(most)
}

describe.each<Source>([...events, ...calls])('from within %s', (source) => {
  it.each(Object.entries(actions))('%s is legal and breaks no invariant (1, 2, 6, 7, 10, 12)', async (_, act) => {
    const run = await live(source, (pool, mine) => {
      expectConsistent(pool, 3)
      act(pool, mine)
      expectConsistent(pool, 3)
    })
    const { pool, clock, opened, watched, mine, errors } = run
    if (source !== 'close') expect(run.times()).toBeGreaterThan(0)
    expectConsistent(pool)
    run.stop()
    pool.resume()
    for (let i = 0; i < 10; i++) {
      for (const { value } of mine) value?.[Symbol.dispose]()
      await clock.advance(60)
    }
    expect(mine.filter(({ state }) => state === 'pending')).toEqual([])
    if (pool.stats().state === 'running') {
      const alive = follow(pool.acquire())
      await clock.advance(299)
      expect(alive.state).toBe('fulfilled')
      alive.value.release()
    }
    const closing = follow(pool.close({ timeout: 1_000 }))
    await clock.advance(1_000)
    expect(closing.state).toBe('fulfilled')
    await clock.advance(10_000)
    expect(errors).toEqual([])
    expect(pool.stats()).toMatchObject({ state: 'closed', size: 0, leases: 0, waiting: 0 })
    expect(clock.pending).toBe(0)
    expect(watched.off).toBe(watched.on)
    for (const { id, closes, destroys } of opened) {
      expect(closes, `closes of ${id}`).toBeLessThanOrEqual(1)
      expect(destroys, `destroys of ${id}`).toBeLessThanOrEqual(1)
      expect(closes + destroys, `ends of ${id}`).toBeGreaterThanOrEqual(1)
    }
  })
})

it('closes a connection that a connect listener flushes and reopens its demand', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  pool.once('connect', () => pool.flush())
  const waiting = follow(pool.acquire())
  await clock.advance(1_000)
  expect(waiting.value?.connection).toMatchObject({ id: 2, generation: 1 })
})

it('stops watching a connection whose close a transition listener cuts short (invariant 7)', async () => {
  const unwatch = vi.fn()
  const { pool, clock } = testPool({}, { watch: () => unwatch })
  const lease = await pool.acquire()
  pool.on('transition', ({ to }) => {
    if (to === 'closing.graceful') void pool.destroy()
  })
  lease.retire()
  await clock.settle()
  expect(unwatch).toHaveBeenCalledTimes(1)
})

it('stops watching a connection whose close the abort of its check cuts short (invariant 7)', async () => {
  const unwatch = vi.fn()
  const { pool, clock } = testPool(
    {},
    {
      watch: () => unwatch,
      check: (_, { signal }) => {
        signal.addEventListener('abort', () => void pool.destroy())
        return new Promise(() => {})
      },
    },
  )
  ;(await pool.acquire()).release()
  await clock.advance(1_000)
  pool.tryAcquire()
  pool.flush()
  await clock.settle()
  expect(unwatch).toHaveBeenCalledTimes(1)
  expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
})

it.each(['check', 'reset'] as const)(
  'aborts no call begun by the listener that hears of the end of a %s',
  async (call) => {
    const aborted = vi.fn()
    const slow = async (_: TestResource, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', aborted)
      await Promise.resolve()
    }
    const { pool, clock } = testPool({ size: { max: 1 } }, { check: slow, reset: slow })
    ;(await pool.acquire()).release()
    await clock.settle()
    if (call === 'check') {
      await clock.advance(1_000)
      pool.tryAcquire()
    } else {
      pool.tryAcquire()?.release()
    }
    let nested = 0
    pool.on('transition', ({ event }) => {
      if (event === `${call}Passed` && nested++ === 0) pool.tryAcquire()?.release()
    })
    await clock.settle()
    expect(nested).toBeGreaterThan(0)
    expect(aborted).not.toHaveBeenCalled()
    expect(pool.stats()).toMatchObject({ idle: 1, connected: 0 })
  },
)

it('opens nothing, and does not try without end, when a connecting listener pauses the pool', async () => {
  const { pool, clock, adapter } = testPool()
  let told = 0
  pool.on('connecting', () => {
    if (++told < 50) pool.pause()
    else pool.resume()
  })
  const waiting = follow(pool.acquire())
  await clock.settle()
  expect([told, adapter.resources.length, waiting.state]).toEqual([1, 0, 'pending'])
})

it('lends nothing that is being retired to a retire listener, and tells of it once', async () => {
  const { pool, clock } = testPool()
  ;(await pool.acquire()).release()
  let told = 0
  const lent: unknown[] = []
  pool.on('retire', () => {
    if (++told < 50) lent.push(pool.tryAcquire())
  })
  pool.flush()
  await clock.settle()
  expect([told, lent]).toEqual([1, [undefined]])
})

it('has its final state by the time a listener hears of anything', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const seen: unknown[] = []
  pool.on('release', () => seen.push(['release', pool.stats().leases]))
  pool.on('disconnect', () => seen.push(['disconnect', pool.stats().size]))
  pool.on('acquire', () => seen.push(['acquire', pool.stats().leases]))
  pool.on('flush', () => seen.push(['flush', pool.stats().generation]))
  pool.on('close', () => seen.push(['close', pool.stats().state]))
  ;(await pool.acquire()).release()
  pool.flush()
  await clock.settle()
  await pool.close()
  expect(seen).toEqual([
    ['acquire', 1],
    ['release', 0],
    ['flush', 1],
    ['disconnect', 0],
    ['close', 'closed'],
  ])
})

it('serves an acquire made by the listener of a close that serving another led to (invariant 4)', async () => {
  const { pool, clock } = testPool({ size: { max: 3 } }, { check: async () => {} })
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  for (const lease of leases) lease.release()
  await clock.advance(1_000)
  const nested: Outcome<TestLease>[] = []
  pool.once('disconnect', () => nested.push(follow(pool.acquire())))
  pool.resize({ max: 2 })
  await clock.settle()
  expect(nested[0]?.state).toBe('fulfilled')
})

it('lends nothing stale to a flush listener (invariant 8)', async () => {
  const { pool, clock } = testPool({ size: { max: 2 } })
  const [first, second] = await Promise.all([pool.acquire(), pool.acquire()])
  first.release()
  const nested: Outcome<TestLease>[] = []
  pool.once('flush', () => {
    expect(pool.tryAcquire()).toBeUndefined()
    nested.push(follow(pool.acquire()))
    second.release()
  })
  pool.flush()
  await clock.settle()
  expect(nested[0]?.value.connection).toMatchObject({ generation: 1, uses: 1 })
  expect(pool.stats().closed.stale).toBe(2)
})

it('does not let an acquire from within a release listener overtake who waits', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const waiting = follow(pool.acquire())
  const nested: Outcome<TestLease>[] = []
  pool.once('release', () => nested.push(follow(pool.acquire())))
  lease.release()
  await clock.settle()
  expect([waiting.state, nested[0]?.state]).toEqual(['fulfilled', 'pending'])
})
