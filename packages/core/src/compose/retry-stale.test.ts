import { describe, expect, it } from 'vitest'
import { listenersOn, testMembers } from '../../test/group-fixture.js'
import type { TestResource } from '../../test/test-adapter.js'
import { follow } from '../../test/test-pool.js'
import type { Lease } from '../acquire/lease.js'
import type { Adapter } from '../adapter/adapter.js'
import type { Pool } from '../pool/pool.js'
import type { PoolOptions } from '../pool/pool-options.js'
import { balance } from './balance.js'
import { failover } from './failover.js'
import { retryStale } from './retry-stale.js'

const reset = new Error('ECONNRESET')
const harmless = new Error('unique constraint')
const isFatal = (error: unknown) => error === reset

/** A pool with one idle connection that has been used. */
async function used(options: PoolOptions = {}, overrides: Partial<Adapter<TestResource>> = {}) {
  const { clock, members, pools } = testMembers(1, options, { isFatal, ...overrides })
  const pool = pools[0] as Pool<TestResource>
  await pool.use(() => {})
  return { clock, pool, member: members[0]! }
}

type Doing = (resource: TestResource, lease: Lease<TestResource>, answered: () => void) => unknown

/** A function that does this on its first run and returns on others; and what it was run on. */
function onFirst(doing: Doing) {
  const runs: [id: number, reused: boolean][] = []
  const fn = async (resource: TestResource, lease: Lease<TestResource>, answered: () => void) => {
    runs.push([resource.id, lease.reused])
    if (runs.length === 1) await doing(resource, lease, answered)
    return 'done'
  }
  return { fn, runs }
}

const fails: [string, Doing][] = [
  [
    'was lost',
    (resource) => {
      resource.lose(reset)
      throw new Error('socket hang up')
    },
  ],
  ['is fatally broken, as the adapter says', () => Promise.reject(reset)],
  [
    'was destroyed by the function',
    (_, lease) => {
      lease.destroy(harmless)
      throw harmless
    },
  ],
]

describe('runs the function once more, on a fresh connection, when a reused one', () => {
  it.each(fails)('%s', async (_, doing) => {
    const { pool } = await used()
    const { fn, runs } = onFirst(doing)
    await expect(retryStale(pool, fn)).resolves.toBe('done')
    expect(runs).toEqual([
      [1, true],
      [2, false],
    ])
    expect(pool.stats()).toMatchObject({ leases: 0, idle: 1, size: 1 })
    expect(listenersOn([pool])).toBe(0)
  })

  it.each(fails)('%s: through balance and failover too', async (_, doing) => {
    for (const of of [balance<TestResource>, failover<TestResource>]) {
      const { clock, pools } = testMembers(2, {}, { isFatal })
      const group = of(pools, { clock })
      await group.use(() => {})
      const { fn, runs } = onFirst(doing)
      await expect(retryStale(group, fn)).resolves.toBe('done')
      expect(runs.map(([, reused]) => reused)).toEqual([true, false])
      expect(listenersOn([group, ...pools])).toBe(0)
    }
  })
})

describe('does not run it again', () => {
  async function once(doing: Doing, options: PoolOptions = {}, asked: object = {}) {
    const { pool } = await used(options)
    const { fn, runs } = onFirst(doing)
    const outcome = follow(retryStale(pool, fn, asked))
    await new Promise((resolve) => setImmediate(resolve))
    expect(runs).toHaveLength(1)
    expect(outcome.state).toBe('rejected')
    expect(listenersOn([pool])).toBe(0)
    return outcome.error
  }
  const fatal = () => Promise.reject(reset)

  it('when the connection is whole', async () => {
    expect(await once(() => Promise.reject(harmless))).toBe(harmless)
  })

  it('when a whole connection is closed on its return for another reason', async () => {
    for (const options of [{ lifetime: { maxUses: 2 } }, { idle: { max: 0 } }]) {
      expect(await once(() => Promise.reject(harmless), options)).toBe(harmless)
    }
  })

  it('when anything was answered', async () => {
    const error = await once((_, __, answered) => {
      answered()
      return fatal()
    })
    expect(error).toBe(reset)
  })

  it('when the caller has aborted meanwhile', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const doing = () => {
      controller.abort()
      return fatal()
    }
    expect(await once(doing, {}, { signal })).toBe(reset)
  })

  it('when the connection was new', async () => {
    const { pools } = testMembers(1, {}, { isFatal })
    const { fn, runs } = onFirst(fatal)
    await expect(retryStale(pools[0] as Pool<TestResource>, fn)).rejects.toBe(reset)
    expect(runs).toEqual([[1, false]])
  })

  it('a third time', async () => {
    const { pool } = await used()
    let runs = 0
    await expect(
      retryStale(pool, (resource) => {
        runs++
        resource.lose(reset)
        throw new Error(`run ${runs}`)
      }),
    ).rejects.toThrow('run 2')
    expect(runs).toBe(2)
  })

  it('when its time is up', async () => {
    const { pool, clock } = await used()
    const { fn, runs } = onFirst(async (resource) => {
      await clock.advance(50)
      resource.lose(reset)
      throw reset
    })
    await expect(retryStale(pool, fn, { timeout: 50, clock })).rejects.toBe(reset)
    expect(runs).toHaveLength(1)
  })
})

it('gives the second acquire what the first has left of the deadline', async () => {
  const { pool, clock, member } = await used()
  const { fn, runs } = onFirst(async (resource) => {
    await clock.advance(30)
    member.server = 'hanging'
    resource.lose(reset)
    throw reset
  })
  const outcome = follow(retryStale(pool, fn, { timeout: 100, clock }))
  await clock.advance(99)
  expect(outcome.state).toBe('pending')
  await clock.advance(1)
  expect(outcome.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', waited: 70 })
  expect(runs).toHaveLength(1)
})

it('rejects as the acquire does when there is no connection to be had', async () => {
  const { pools } = testMembers(1, { start: 'paused' })
  await expect(retryStale(pools[0] as Pool<TestResource>, () => 1)).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED' })
  await expect(retryStale(pools[0] as Pool<TestResource>, () => 1, { timeout: -1 })).rejects.toMatchObject({
    code: 'ERR_POOL_INVALID_OPTION',
  })
})

it('returns what the function returned, and tells it of the connection and the lease', async () => {
  const { pool } = await used()
  expect(await retryStale(pool, (resource, lease) => [resource.id, lease.reused, lease.connection.uses])).toEqual([
    1,
    true,
    2,
  ])
})
