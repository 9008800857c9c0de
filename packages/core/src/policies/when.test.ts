import { describe, expect, it } from 'vitest'
import type { TestResource } from '../../test/test-adapter.js'
import { follow, record, slowOpens, testPool } from '../../test/test-pool.js'
import { OverloadedError } from '../errors/overloaded-error.js'
import type { AdmitRequest, PolicySubject } from './policy.js'
import { admitWhen, checkWhen, retireWhen } from './when.js'

describe('retireWhen', () => {
  it('retires an idle connection before it is lent, and lends another', async () => {
    const old = new Set<TestResource>()
    const { pool } = testPool({ policies: [retireWhen<TestResource>(({ resource }) => old.has(resource))] })
    const lease = await pool.acquire()
    const { resource } = lease
    lease.release()
    old.add(resource)
    const next = await pool.acquire()
    expect([next.connection.id, resource.closes]).toEqual([2, 1])
    expect(pool.stats().closed.retired).toBe(1)
  })

  it('retires one that comes back, without lending it to the waiter', async () => {
    let primary = 1
    const { pool, clock } = testPool({
      size: { max: 1 },
      policies: [retireWhen<TestResource>(({ resource }) => resource.id !== primary)],
    })
    const lease = await pool.acquire()
    const waiting = follow(pool.acquire())
    primary = 2
    lease.release()
    await clock.settle()
    expect(waiting.value.resource.id).toBe(2)
  })

  it('retires one that should not have been opened, and serves nobody with it', async () => {
    const { pool, clock, adapter } = testPool({
      connect: { retry: true },
      policies: [retireWhen<TestResource>(({ resource }) => resource.id === 1)],
    })
    const waiting = follow(pool.acquire())
    await clock.advance(1_000)
    expect(waiting.value.resource.id).toBe(2)
    expect(adapter.resources[0]?.closes).toBe(1)
  })

  it('retires as soon as it is open one that was opened for nobody in particular', async () => {
    const { pool, clock } = testPool({ policies: [retireWhen<TestResource>(({ resource }) => resource.id === 1)] })
    void pool.warm(1).catch(() => {})
    await clock.advance(10)
    expect(pool.stats()).toMatchObject({ idle: 0, closed: { retired: 1 } })
  })

  it('does not end connections in use', async () => {
    let over = false
    const { pool, clock } = testPool({ policies: [retireWhen(() => over)] })
    const lease = await pool.acquire()
    over = true
    await clock.advance(60_000)
    expect([lease.connection.state, lease.resource.open]).toEqual(['connected.leased', true])
    lease.release()
    await clock.settle()
    expect(pool.stats().size).toBe(0)
  })

  it('is given the connection, its resource and the moment', async () => {
    const asked: PolicySubject<TestResource>[] = []
    const { pool, clock } = testPool({
      policies: [
        retireWhen<TestResource>((subject) => {
          asked.push(subject)
          return false
        }),
      ],
    })
    await clock.advance(70)
    const lease = await pool.acquire()
    expect(asked.length).toBeGreaterThan(0)
    expect(asked[0]).toMatchObject({ resource: lease.resource, now: 70 })
    expect(asked[0]?.connection).toBe(lease.connection)
  })

  it('retires nothing when its question throws, and says so', async () => {
    const { pool } = testPool({
      policies: [
        retireWhen(() => {
          throw new Error('no idea')
        }),
      ],
    })
    const errors = record(pool, 'error')
    const lease = await pool.acquire()
    lease.release()
    expect((await pool.acquire()).connection.id).toBe(lease.connection.id)
    expect(errors[0]?.event).toMatchObject({ source: 'policy', error: new Error('no idea') })
  })
})

describe('checkWhen', () => {
  /** A pool whose checks are counted, and that by itself checks nothing. */
  function checked(is: (subject: PolicySubject<TestResource>) => boolean, after?: number) {
    const checks: number[] = []
    const made = testPool(
      {
        health: { onAcquire: false, ...(after === undefined ? {} : { after }) },
        policies: [checkWhen<TestResource>(is)],
      },
      (clock) => ({
        ...slowOpens(clock, 100),
        check: async ({ id, usable }) => {
          checks.push(id)
          await new Promise<void>((resolve) => clock.setTimeout(resolve, 5))
          if (!usable) throw new Error('dead')
        },
      }),
    )
    return { ...made, checks }
  }

  it('checks a connection of which it is so before it is lent, and only once', async () => {
    const { pool, clock, checks } = checked(() => true)
    void pool.use(() => {})
    await clock.advance(1_000)
    const waiting = follow(pool.acquire())
    await clock.settle()
    expect([waiting.state, checks]).toEqual(['pending', [1]])
    await clock.advance(5)
    expect([waiting.state, checks]).toEqual(['fulfilled', [1]])
    expect(waiting.value.connection.id).toBe(1)
  })

  it('lends one of which it is not so unchecked, at once', async () => {
    const { pool, clock, checks } = checked(() => false)
    void pool.use(() => {})
    await clock.advance(1_000)
    await pool.acquire()
    expect(checks).toEqual([])
  })

  it('ends one that fails, and serves the acquire by another', async () => {
    const { pool, clock } = checked(() => true)
    void pool.use((resource) => {
      resource.usable = false
    })
    await clock.advance(1_000)
    const waiting = follow(pool.acquire())
    await clock.advance(5 + 100)
    expect(waiting.value.connection.id).toBe(2)
    expect(pool.stats().closed.unhealthy).toBe(1)
  })

  it('checks before every lease, those handed on from one borrower to the next included', async () => {
    const { pool, clock, checks } = checked(() => true, 0)
    pool.resize({ max: 1 })
    const lease = follow(pool.acquire())
    await clock.advance(200)
    const first = follow(pool.acquire())
    const second = follow(pool.acquire())
    lease.value.release()
    await clock.advance(5)
    expect([first.state, checks]).toEqual(['fulfilled', [1]])
    await clock.advance(100)
    first.value.release()
    await clock.advance(5)
    expect([second.state, checks]).toEqual(['fulfilled', [1, 1]])
  })

  it('lets a tryAcquire have nothing until the check has passed', async () => {
    const { pool, clock, checks } = checked(() => true)
    void pool.use(() => {})
    await clock.advance(1_000)
    expect(pool.tryAcquire()).toBeUndefined()
    await clock.advance(5)
    expect(pool.tryAcquire()?.connection.id).toBe(1)
    expect(checks).toEqual([1])
  })

  it('changes nothing with an adapter that cannot check', async () => {
    const { pool, clock } = testPool({ policies: [checkWhen(() => true)] })
    ;(await pool.acquire()).release()
    await clock.advance(1_000)
    const again = follow(pool.acquire())
    await clock.settle()
    expect(again.state).toBe('fulfilled')
    expect(again.value.connection.id).toBe(1)
  })
})

describe('admitWhen', () => {
  it('rejects at once an acquire of which it is not so, even with a connection idle', async () => {
    const { pool } = testPool({ policies: [admitWhen(({ client }) => client !== 'blocked')] })
    ;(await pool.acquire()).release()
    const failures = record(pool, 'acquireError')
    const error = await pool.acquire({ client: 'blocked' }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(OverloadedError)
    expect(error).toMatchObject({ code: 'ERR_POOL_OVERLOADED', waited: 0 })
    expect(failures.map(({ event }) => [event.reason, event.waited])).toEqual([['overloaded', 0]])
    expect(pool.stats()).toMatchObject({ rejected: 1, waiting: 0 })
    expect(pool.tryAcquire({ client: 'blocked' })).toBeUndefined()
    expect(pool.tryAcquire({ client: 'welcome' })).toBeDefined()
  })

  it('is asked when the acquire comes, and not again while it waits', async () => {
    const asked: AdmitRequest[] = []
    const { pool, clock } = testPool({
      size: { max: 1 },
      policies: [
        admitWhen((request) => {
          asked.push(request)
          return asked.length <= 2
        }),
      ],
    })
    const lease = await pool.acquire()
    const waiting = follow(pool.acquire({ priority: 3 }))
    await clock.advance(100)
    lease.release()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
    expect(asked).toEqual([
      { occasion: 'arrival', priority: 0, client: undefined, waited: 0, waiting: 0, now: 0 },
      { occasion: 'arrival', priority: 3, client: undefined, waited: 0, waiting: 0, now: 0 },
    ])
  })

  it('can bound the queue by what waits', async () => {
    const { pool } = testPool({ size: { max: 1 }, policies: [admitWhen(({ waiting }) => waiting < 2)] })
    await pool.acquire()
    const all = [1, 2, 3].map(() => follow(pool.acquire()))
    await Promise.resolve()
    expect(all.map(({ state }) => state)).toEqual(['pending', 'pending', 'rejected'])
  })
})
