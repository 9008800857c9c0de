import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import type { TestResource } from '../../test/test-adapter.js'
import { follow, record, testPool } from '../../test/test-pool.js'
import type { Lease } from '../acquire/lease.js'

/** The process's warnings. */
let emitWarning: MockInstance<typeof process.emitWarning>

beforeEach(() => {
  emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

/** A caller with a name of its own, to be found in a stack. */
function borrowsAndForgets(pool: ReturnType<typeof testPool>['pool']) {
  return pool.acquire()
}

describe('lease.warnAfter', () => {
  it('emits leak once for a lease that lasts longer, and leaves the lease alone', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 1_000 } })
    const leaks = record(pool, 'leak')
    const lease = await pool.acquire()
    await clock.advance(999)
    expect(leaks).toEqual([])
    await clock.advance(11)
    expect(leaks.map(({ event }) => event)).toEqual([
      expect.objectContaining({ pool: 'test', connection: lease.connection, revoked: false }),
    ])
    expect(leaks[0]?.event.held).toBeGreaterThanOrEqual(1_000)
    expect(leaks[0]?.event.held).toBeLessThanOrEqual(1_010)
    await clock.advance(60_000)
    expect(leaks).toHaveLength(1)
    expect(lease.signal.aborted).toBe(false)
    lease.release()
    expect(pool.stats()).toMatchObject({ idle: 1, leases: 0 })
  })

  it('emits nothing for a lease that ended in time, however it ended', async () => {
    const { pool, clock, adapter } = testPool({ size: { max: 9 }, lease: { warnAfter: 1_000, maxDuration: 2_000 } })
    const leaks = record(pool, 'leak')
    const list = await Promise.all(Array.from({ length: 6 }, () => pool.acquire()))
    await clock.advance(500)
    list[0]?.release()
    list[1]?.retire()
    list[2]?.destroy()
    list[3]?.detach()
    list[4]?.[Symbol.dispose]()
    adapter.resources[5]?.lose()
    await clock.advance(5_000)
    expect(leaks).toEqual([])
    expect(pool.stats().closed).toMatchObject({ revoked: 0, lost: 1 })
  })

  it('begins anew with every lease of a connection', async () => {
    const { pool, clock } = testPool({ size: { max: 1 }, lease: { warnAfter: 1_000 } })
    const leaks = record(pool, 'leak')
    for (let i = 0; i < 5; i++) {
      const lease = await pool.acquire()
      await clock.advance(900)
      lease.release()
    }
    expect(leaks).toEqual([])
  })

  it('counts from the grant, not from the acquire that waited for it', async () => {
    const { pool, clock } = testPool({ size: { max: 1 }, lease: { warnAfter: 1_000 } })
    const first = await pool.acquire()
    const waiting = follow(pool.acquire())
    await clock.advance(900)
    first.release()
    const leaks = record(pool, 'leak')
    await clock.advance(900)
    expect(waiting.state).toBe('fulfilled')
    expect(leaks).toEqual([])
    await clock.advance(111)
    expect(leaks).toHaveLength(1)
  })

  it('gives the stack of the acquire, without the calls inside the pool', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 100 } })
    const leaks = record(pool, 'leak')
    await borrowsAndForgets(pool)
    await clock.advance(200)
    const stack = leaks[0]?.event.stack ?? ''
    expect(stack.trim().split('\n')[0]).toMatch(/at borrowsAndForgets .*lease-watcher\.test\.ts/)
    expect(stack).not.toMatch(/acquire\/acquire\.ts|pool\/pool\.ts|lease-watcher\.ts:/)
  })

  it('gives the stack of an acquire that waited, and that of use and tryAcquire', async () => {
    const { pool, clock } = testPool({ size: { max: 1 }, lease: { warnAfter: 100 } })
    const leaks = record(pool, 'leak')
    const borrowsTwice = () => [borrowsAndForgets(pool), borrowsAndForgets(pool)] as const
    const [first, second] = borrowsTwice()
    ;(await first).release()
    const lease = await second
    await clock.advance(200)
    expect(leaks[0]?.event.stack).toMatch(/borrowsAndForgets[\s\S]*borrowsTwice/)
    lease.release()
    function uses() {
      return pool.use(() => clock.advance(200))
    }
    await uses()
    expect(leaks[1]?.event.stack).toMatch(/at uses .*lease-watcher\.test\.ts/)
    function tries() {
      return pool.tryAcquire()
    }
    tries()
    await clock.advance(200)
    expect(leaks[2]?.event.stack).toMatch(/at tries .*lease-watcher\.test\.ts/)
  })

  it('gives the stack from the call of the acquire on where that is made by a listener of another', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 100 } })
    const leaks = record(pool, 'leak')
    pool.once('connecting', () => void borrowsAndForgets(pool))
    ;(await pool.acquire()).detach()
    await clock.advance(200)
    expect(leaks.map(({ event }) => event.stack.trim().split('\n')[0])).toEqual([
      expect.stringMatching(/at borrowsAndForgets /),
    ])
  })

  it('says whose lease it is when the acquire named a client', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 100 } })
    const leaks = record(pool, 'leak')
    await pool.acquire({ client: 'reports' })
    await pool.acquire()
    await clock.advance(200)
    expect(leaks.map(({ event }) => ('client' in event ? event.client : 'nobody'))).toEqual(['reports', 'nobody'])
  })

  it('tells of each lease of a shared connection by itself', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 1_000 } }, { capacity: () => 3 })
    const leaks = record(pool, 'leak')
    await pool.acquire({ client: 'a' })
    await clock.advance(500)
    const ended = await pool.acquire({ client: 'b' })
    await pool.acquire({ client: 'c' })
    ended.release()
    await clock.advance(511)
    expect(leaks.map(({ event }) => event.client)).toEqual(['a'])
    await clock.advance(500)
    expect(leaks.map(({ event }) => event.client)).toEqual(['a', 'c'])
  })

  it('warns the process once where nobody listens, with the stack', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 100 } })
    await borrowsAndForgets(pool)
    await borrowsAndForgets(pool)
    await clock.advance(500)
    expect(emitWarning).toHaveBeenCalledTimes(1)
    expect(emitWarning).toHaveBeenCalledWith(
      expect.stringMatching(/Pool "test".*lease.*\n.*borrowsAndForgets/),
      expect.objectContaining({ code: 'WARN_POOL_LEAK' }),
    )
  })

  it('does not warn the process where somebody listens', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 100 } })
    record(pool, 'leak')
    await pool.acquire()
    await clock.advance(500)
    expect(emitWarning).not.toHaveBeenCalled()
  })

  it('survives a listener that throws (invariant 12)', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 100, maxDuration: 200 } })
    const errors = record(pool, 'error')
    pool.on('leak', () => {
      throw new Error('pager is down')
    })
    await pool.acquire()
    await clock.advance(500)
    expect(errors.map(({ event }) => event.source)).toEqual(['listener', 'listener'])
    expect(pool.stats()).toMatchObject({ leases: 0, closed: { revoked: 1 } })
  })

  it('leaves no timer behind when the pool closes (invariant 7)', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 60_000 } }, { capacity: () => 2 })
    const [a, b] = [await pool.acquire(), await pool.acquire()]
    const closed = follow(pool.close())
    a.release()
    b.release()
    await clock.settle()
    expect(closed.state).toBe('fulfilled')
    expect(clock.pending).toBe(0)
  })

  it('keeps no timer once no lease is out', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 60_000 }, idle: { timeout: Number.POSITIVE_INFINITY } })
    const lease = await pool.acquire()
    lease.retire()
    await clock.settle()
    expect(clock.pending).toBe(0)
  })
})

describe('lease.maxDuration', () => {
  it("takes the lease away: signal aborted, resource destroyed, reason 'revoked', room free", async () => {
    const { pool, adapter, clock } = testPool({ size: { max: 1 }, lease: { maxDuration: 1_000 } })
    const heard = record(pool, 'leak', 'disconnect')
    const lease = await pool.acquire()
    const { signal } = lease
    const next = follow(pool.acquire())
    await clock.advance(999)
    expect(signal.aborted).toBe(false)
    await clock.advance(11)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ message: expect.stringContaining('lease.maxDuration') })
    expect(adapter.resources[0]).toMatchObject({ destroys: 1, closes: 0 })
    expect(heard.find(({ name }) => name === 'leak')?.event).toMatchObject({ revoked: true })
    expect(heard.find(({ name }) => name === 'disconnect')?.event).toMatchObject({ reason: 'revoked' })
    expect(pool.stats()).toMatchObject({ leases: 1, size: 1, closed: { revoked: 1 } })
    expect(next.value.connection.id).toBe(2)
  })

  it("makes the borrower's later release no misuse, and its second one a misuse", async () => {
    for (const capacity of [1, 2]) {
      const { pool, clock } = testPool({ lease: { maxDuration: 1_000 } }, { capacity: () => capacity })
      const misuses = record(pool, 'misuse')
      const lease = await pool.acquire()
      await clock.advance(500)
      const other = capacity > 1 ? await pool.acquire() : undefined
      await clock.advance(511)
      lease.release()
      expect(misuses, `capacity ${capacity}`).toEqual([])
      expect(pool.stats().leases, `capacity ${capacity}`).toBe(other === undefined ? 0 : 1)
      expect(() => lease.resource).toThrow(expect.objectContaining({ code: 'ERR_POOL_LEASE_RELEASED' }))
      lease.release()
      expect(misuses.map(({ event }) => event.action)).toEqual(['release'])
      expect(pool.stats().leases).toBe(other === undefined ? 0 : 1)
    }
  })

  it.each(['release', 'retire', 'destroy'] as const)(
    'changes nothing for the next borrower by a late %s',
    async (end) => {
      const { pool, clock } = testPool({ size: { max: 1 }, lease: { maxDuration: 1_000 } })
      const lease = await pool.acquire()
      await clock.advance(1_011)
      const next = await pool.acquire()
      lease[end]()
      expect(next.connection).toMatchObject({ state: 'connected.leased', leases: 1 })
      expect(next.signal.aborted).toBe(false)
      expect(pool.stats().leases).toBe(1)
    },
  )

  it('ends this lease of a shared connection and retires the connection: the others finish', async () => {
    const { pool, adapter, clock } = testPool(
      { size: { max: 2 }, lease: { maxDuration: 1_000 } },
      { capacity: () => 3 },
    )
    const heard = record(pool, 'retire', 'disconnect')
    const old = await pool.acquire()
    await clock.advance(600)
    const young = await pool.acquire()
    const { signal } = old
    await clock.advance(411)
    expect(signal.aborted).toBe(true)
    expect(young.signal.aborted).toBe(false)
    expect(young.connection).toMatchObject({ state: 'connected.leaving', leases: 1 })
    expect(pool.stats()).toMatchObject({ leases: 1 })
    expect((await pool.acquire()).connection.id).toBe(2)
    young.release()
    await clock.settle()
    expect(heard.map(({ name, event }) => [name, event.reason])).toEqual([
      ['retire', 'revoked'],
      ['disconnect', 'revoked'],
    ])
    expect(adapter.resources[0]).toMatchObject({ closes: 1, destroys: 0 })
    old.release()
    expect(pool.stats().leases).toBe(1)
  })

  it('destroys a retired connection under the last borrower who keeps it too long', async () => {
    const { pool, adapter, clock } = testPool({ lease: { maxDuration: 1_000 } }, { capacity: () => 2 })
    const [a, b] = [await pool.acquire(), await pool.acquire()]
    const signals = [a.signal, b.signal]
    await clock.advance(1_011)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(adapter.resources[0]).toMatchObject({ closes: 0, destroys: 1 })
    expect(pool.stats()).toMatchObject({ size: 0, leases: 0, closed: { revoked: 1 } })
  })

  it('gives a signal that is asked for afterwards the reason it would have had', async () => {
    for (const capacity of [1, 2]) {
      const { pool, clock } = testPool({ lease: { maxDuration: 1_000 } }, { capacity: () => capacity })
      const lease = await pool.acquire()
      await clock.advance(500)
      if (capacity > 1) await pool.acquire()
      await clock.advance(511)
      expect(lease.signal.aborted).toBe(true)
      expect(lease.signal.reason, `capacity ${capacity}`).toMatchObject({
        message: expect.stringContaining('lease.maxDuration'),
      })
    }
  })

  it('lets nobody have the connection whom the abort of the signal calls: it is retired by then (invariant 8)', async () => {
    const { pool, clock } = testPool({ size: { max: 1 }, lease: { maxDuration: 1_000 } }, { capacity: () => 3 })
    const old = await pool.acquire()
    await clock.advance(600)
    const young = await pool.acquire()
    let lent: Lease<TestResource> | undefined
    old.signal.addEventListener('abort', () => {
      lent = pool.tryAcquire()
    })
    await clock.advance(411)
    expect(old.signal.aborted).toBe(true)
    expect(lent).toBeUndefined()
    expect(young.connection.leases).toBe(1)
  })

  it('bears a borrower who gives everything back when the signal aborts (invariant 6)', async () => {
    const { pool, adapter, clock } = testPool({ lease: { maxDuration: 1_000 } }, { capacity: () => 3 })
    const misuses = record(pool, 'misuse')
    const old = await pool.acquire()
    await clock.advance(600)
    const young = await pool.acquire()
    old.signal.addEventListener('abort', () => {
      old.release()
      young.release()
    })
    await clock.advance(411)
    expect(misuses).toEqual([])
    expect(pool.stats()).toMatchObject({ leases: 0, size: 0, closed: { revoked: 1 } })
    expect(adapter.resources[0]).toMatchObject({ closes: 1, destroys: 0 })
  })

  it('has done what its leak event says when that is told', async () => {
    for (const capacity of [1, 2]) {
      const { pool, clock } = testPool({ lease: { maxDuration: 1_000 } }, { capacity: () => capacity })
      const lease = await pool.acquire()
      await clock.advance(500)
      if (capacity > 1) await pool.acquire()
      const seen: unknown[] = []
      pool.on('leak', ({ revoked }) => seen.push([revoked, lease.signal.aborted, pool.stats().leases]))
      await clock.advance(511)
      expect(seen, `capacity ${capacity}`).toEqual([[true, true, capacity - 1]])
    }
  })

  it('warns first and revokes later where both are set, by one event each', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 300, maxDuration: 1_000 } })
    const leaks = record(pool, 'leak')
    await pool.acquire()
    await clock.advance(2_000)
    expect(leaks.map(({ event }) => event.revoked)).toEqual([false, true])
    expect(leaks.map(({ event }) => Math.round(event.held / 100))).toEqual([3, 10])
  })

  it('revokes without a warning before where warnAfter is not shorter', async () => {
    for (const warnAfter of [1_000, 5_000]) {
      const { pool, clock } = testPool({ lease: { warnAfter, maxDuration: 1_000 } })
      const leaks = record(pool, 'leak')
      await pool.acquire()
      await clock.advance(9_000)
      expect(leaks.map(({ event }) => event.revoked)).toEqual([true])
    }
  })

  it('does not revoke what a listener of the warning gives back', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 300, maxDuration: 1_000 } })
    const lease = await pool.acquire()
    pool.once('leak', () => lease.release())
    await clock.advance(5_000)
    expect(pool.stats()).toMatchObject({ idle: 1, leases: 0, closed: { revoked: 0 } })
  })

  it('revokes after a standstill of the event loop, and once', async () => {
    const { pool, clock } = testPool({ lease: { warnAfter: 300, maxDuration: 1_000 } })
    const leaks = record(pool, 'leak')
    await pool.acquire()
    clock.stall(10_000)
    await clock.advance(10)
    expect(leaks.map(({ event }) => event.revoked)).toEqual([true])
    expect(pool.stats()).toMatchObject({ leases: 0, closed: { revoked: 1 } })
  })

  it('goes on while the pool is paused, and while it closes', async () => {
    const { pool, clock } = testPool({ size: { max: 2 }, lease: { maxDuration: 1_000 } })
    const [a] = [await pool.acquire()]
    pool.pause()
    await clock.advance(1_011)
    expect(a.signal.aborted).toBe(true)
    pool.resume()
    const b = await pool.acquire()
    const closed = follow(pool.close({ timeout: 60_000 }))
    await clock.advance(1_011)
    expect(b.signal.aborted).toBe(true)
    expect(closed.state).toBe('fulfilled')
    expect(clock.pending).toBe(0)
  })

  it('applies to use, whose function hears of it and whose rejection is kept', async () => {
    const { pool, clock } = testPool({ lease: { maxDuration: 1_000 } }, { isFatal: () => true })
    const misuses = record(pool, 'misuse')
    const used = follow(
      pool.use(async (_, { signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        signal.throwIfAborted()
      }),
    )
    await clock.advance(1_020)
    expect(used.error.message).toContain('lease.maxDuration')
    expect(misuses).toEqual([])
    expect(pool.stats()).toMatchObject({ size: 0, leases: 0, closed: { revoked: 1, destroyed: 0 } })
  })

  it('gives a client its share back: perClient counts no lease that was revoked', async () => {
    for (const capacity of [1, 2]) {
      const { pool, clock } = testPool(
        { size: { max: 3 }, acquire: { perClient: { max: 1 } }, lease: { maxDuration: 1_000 } },
        { capacity: () => capacity },
      )
      const mine = await pool.acquire({ client: 'a' })
      await clock.advance(500)
      await pool.acquire({ client: 'b' })
      const next = follow(pool.acquire({ client: 'a' }))
      await clock.advance(400)
      expect(next.state).toBe('pending')
      await clock.advance(111)
      expect(next.state, `capacity ${capacity}`).toBe('fulfilled')
      mine.release()
      expect(pool.tryAcquire({ client: 'a' })).toBeUndefined()
    }
  })
})
