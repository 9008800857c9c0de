import { createPool, definePolicy, type Pool, type PoolOptions } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import {
  exponential,
  type PoolParts,
  poisson,
  type SimulatedResource,
  type SimulateOptions,
  simulate,
  type Violation,
} from '../../src/index.js'

type SimulatedPool = Pool<SimulatedResource>

const plain: SimulateOptions = {
  load: { arrivals: poisson({ rate: 100 }), service: exponential({ mean: 20 }), patience: 500 },
  adapter: { connect: 5, close: 2 },
  duration: 5_000,
  checks: 'full',
}

/** A pool that does some things in its own way. */
function altered(pool: SimulatedPool, changes: Partial<SimulatedPool>): SimulatedPool {
  return new Proxy(pool, {
    get(target, name) {
      if (Object.hasOwn(changes, name)) return Reflect.get(changes, name)
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

const poolOf = ({ adapter, clock, random }: PoolParts, options: PoolOptions<SimulatedResource> = {}): SimulatedPool =>
  createPool(adapter, { size: { max: 4 }, ...options, clock, random })

/** Every tenth call does something else. */
function everyTenth<T extends unknown[], R>(usual: (...args: T) => R, other: (...args: T) => R): (...args: T) => R {
  let calls = 0
  return (...args) => (++calls % 10 === 0 ? other(...args) : usual(...args))
}

const faulty: [invariant: number, message: RegExp, what: string, (parts: PoolParts) => SimulatedPool][] = [
  [
    1,
    /is lent to somebody and somebody/,
    'lends one connection to two',
    (parts) => {
      const pool = poolOf(parts)
      let last: ReturnType<SimulatedPool['acquire']> | undefined
      const usual = () => {
        last = pool.acquire()
        return last
      }
      return altered(pool, { acquire: everyTenth(usual, () => last ?? usual()) })
    },
  ],
  [
    1,
    /close of resource \d+ while somebody has it/,
    'closes what is lent',
    (parts) => {
      const pool = poolOf(parts)
      const acquire = async () => {
        const lease = await pool.acquire()
        parts.clock.setTimeout(() => lease.retire(), 5)
        return lease
      }
      return altered(pool, { acquire })
    },
  ],
  [
    2,
    /an open makes 2 connections of at most 1/,
    'opens more than it may',
    (parts) => {
      const pool = poolOf(parts, { connect: { growth: 'eager' } })
      return altered(pool, { stats: () => ({ ...pool.stats(), max: 1 }) })
    },
  ],
  [
    3,
    /\d+ requests are pending, and \d+ wait/,
    'forgets an acquire',
    (parts) => {
      const pool = poolOf(parts)
      return altered(pool, {
        acquire: everyTenth(
          () => pool.acquire(),
          () => new Promise(() => {}),
        ),
      })
    },
  ],
  [
    3,
    /failed with what is no PoolError: TypeError/,
    'fails with any error',
    (parts) => {
      const pool = poolOf(parts)
      return altered(pool, {
        acquire: everyTenth(
          () => pool.acquire(),
          () => Promise.reject(new TypeError('oh')),
        ),
      })
    },
  ],
  [
    3,
    /settled after \d+(\.\d+)? ms of at most 500/,
    'grants too late',
    (parts) => {
      const pool = poolOf(parts)
      const wait = () => new Promise<void>((resolve) => void parts.clock.setTimeout(resolve, 600))
      return altered(pool, { acquire: () => wait().then(() => pool.acquire()) })
    },
  ],
  [
    3,
    /timed out after 0(\.\d+)? ms of 500/,
    'gives up too early',
    (parts) => {
      const pool = poolOf(parts, { size: { max: 1 } })
      return altered(pool, { acquire: () => pool.acquire({ timeout: 0.5 }) })
    },
  ],
  [
    4,
    /requests wait, and nothing is in progress that will serve them/,
    'loses a wake-up',
    (parts) => {
      // A policy that lets waiters wait and never says when to ask again.
      const policy = definePolicy<SimulatedResource>({
        name: 'sleepy',
        admit: ({ now, occasion }) => (now > 2_000 && occasion === 'arrival' ? 'wait' : now > 2_000 ? 'wait' : 'admit'),
      })
      const off = Number.POSITIVE_INFINITY
      const pool = poolOf(parts, { policies: [policy], acquire: { timeout: off }, idle: { timeout: off } })
      return altered(pool, { acquire: () => pool.acquire() })
    },
  ],
  [
    6,
    /\d+ resources were never closed/,
    'closes nothing',
    (parts) => poolOf({ ...parts, adapter: { ...parts.adapter, close() {}, destroy() {} } }),
  ],
  [
    6,
    /resource \d+ is closed when clos/,
    'closes twice',
    (parts) => {
      const { adapter } = parts
      return poolOf({
        ...parts,
        adapter: {
          ...adapter,
          close: (resource, context) => {
            void adapter.close(resource, context)
            return adapter.close(resource, context)
          },
        },
      })
    },
  ],
  [
    7,
    /after close 1 timers of the pool are left/,
    'leaves a timer behind',
    (parts) => {
      parts.clock.setTimeout(() => {}, 1e9)
      return poolOf(parts)
    },
  ],
  [
    7,
    /after close \d+ resources are watched/,
    'goes on watching',
    (parts) => {
      const { adapter } = parts
      const watch: typeof adapter.watch = (resource, signals) => {
        adapter.watch?.(resource, signals)
        return () => {}
      }
      return poolOf({ ...parts, adapter: { ...adapter, watch } })
    },
  ],
  [
    7,
    /close\(\) has not resolved/,
    'never closes',
    (parts) => altered(poolOf(parts), { close: () => new Promise(() => {}) }),
  ],
  [
    7,
    /close\(\) rejected: Error: no/,
    'refuses to close',
    (parts) => altered(poolOf(parts), { close: () => Promise.reject(new Error('no')) }),
  ],
  [
    8,
    /is lent to somebody though it was lost/,
    'lends what it knows to be lost',
    (parts) => {
      const { adapter } = parts
      const watch: typeof adapter.watch = (resource, signals) =>
        adapter.watch?.(resource, { ...signals, lost() {} }) ?? (() => {})
      return poolOf({ ...parts, adapter: { ...adapter, watch, isUsable: () => true } })
    },
  ],
  [
    10,
    /stats .* but the connections are/,
    'miscounts',
    (parts) => {
      const pool = poolOf(parts)
      return altered(pool, { stats: () => ({ ...pool.stats(), size: pool.stats().size + 1 }) })
    },
  ],
]

describe('a simulation of a pool that', () => {
  it('keeps the invariants finds nothing', async () => {
    expect((await simulate({ ...plain, pool: (parts) => poolOf(parts) })).violations).toEqual([])
  })

  it.each(faulty)('breaks invariant %i by %s: %s', async (invariant, message, _, pool) => {
    const faults = invariant === 8 ? [{ kind: 'lose', at: 1_000 } as const] : []
    const { violations } = await simulate({ ...plain, pool, faults })
    const found = violations.find((violation: Violation) => message.test(violation.message))
    expect(found, JSON.stringify(violations.slice(0, 5))).toMatchObject({ invariant })
  })

  it('keeps fewer than size.min open breaks invariant 9', async () => {
    const policy = definePolicy<SimulatedResource>({
      name: 'closed',
      mayOpen: ({ size }) => (size < 1 ? 'admit' : 'wait'),
    })
    const { violations } = await simulate({ ...plain, options: { size: { min: 3 }, policies: [policy] } })
    expect(violations[0]).toMatchObject({
      invariant: 9,
      message: '1 connections where size.min is 3, and none is opening',
    })
  })

  it('is wrong again and again is reported a hundred times at most', async () => {
    const pool = ({ adapter, clock, random }: PoolParts) => {
      const right = poolOf({ adapter, clock, random })
      return altered(right, { acquire: () => Promise.reject(new Error('always')) })
    }
    const { violations, requests } = await simulate({ ...plain, pool })
    expect(requests.asked).toBeGreaterThan(400)
    expect(violations).toHaveLength(100)
  })
})
