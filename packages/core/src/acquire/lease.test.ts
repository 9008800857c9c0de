import { describe, expect, it, vi } from 'vitest'
import { follow, record, testPool } from '../../test/test-pool.js'
import type { Lease } from './lease.js'

const failure = new Error('broken pipe')

it('says whether its connection was used before', async () => {
  const { pool } = testPool()
  const first = await pool.acquire()
  expect(first.reused).toBe(false)
  first.release()
  expect((await pool.acquire()).reused).toBe(true)
})

it('shows its connection as it is, live and read-only', async () => {
  const { pool, clock } = testPool({}, {})
  await clock.advance(70)
  const lease = await pool.acquire()
  const { connection } = lease
  expect(connection).toMatchObject({
    id: 1,
    state: 'connected.leased',
    uses: 1,
    leases: 1,
    openedAt: 70,
    generation: 0,
  })
  lease.release()
  expect(connection).toMatchObject({ state: 'idle.ready', leases: 0 })
  expect(() => Object.assign(connection, { id: 7 })).toThrow(TypeError)
})

it('throws LeaseReleasedError for its resource once it has ended, however it ended', async () => {
  const { pool } = testPool()
  for (const end of ['release', 'retire', 'destroy', 'detach'] as const) {
    const lease = await pool.acquire()
    lease[end]()
    expect(() => lease.resource, end).toThrow(
      expect.objectContaining({ code: 'ERR_POOL_LEASE_RELEASED', pool: 'test' }),
    )
    expect(() => lease.detach(), end).toThrow(expect.objectContaining({ code: 'ERR_POOL_LEASE_RELEASED' }))
  }
})

it('does nothing but emit misuse when it is ended twice, also when its connection is lent again', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const heard = record(pool, 'misuse', 'release')
  const stale = await pool.acquire()
  stale.release()
  const current = await pool.acquire()
  stale.release()
  stale.retire()
  stale.destroy()
  await clock.settle()
  expect(heard.map(({ name, event }) => [name, 'action' in event ? event.action : undefined])).toEqual([
    ['release', undefined],
    ['misuse', 'release'],
    ['misuse', 'retire'],
    ['misuse', 'destroy'],
  ])
  expect(current.resource.open).toBe(true)
  expect(pool.stats()).toMatchObject({ leases: 1, connected: 1 })
})

it('is silent when it is disposed after its end', async () => {
  const { pool } = testPool()
  const heard = record(pool, 'misuse')
  const lease = await pool.acquire()
  lease.release()
  lease[Symbol.dispose]()
  await lease[Symbol.asyncDispose]()
  expect(heard).toEqual([])
})

it('is released at the end of a block by using and await using', async () => {
  const { pool } = testPool()
  {
    using lease = await pool.acquire()
    expect(lease.resource.open).toBe(true)
    expect(pool.stats().leases).toBe(1)
  }
  expect(pool.stats()).toMatchObject({ leases: 0, idle: 1 })
  {
    await using lease = await pool.acquire()
    expect(lease.reused).toBe(true)
  }
  expect(pool.stats()).toMatchObject({ leases: 0, idle: 1 })
})

describe('retire', () => {
  it('closes the connection gracefully instead of keeping it', async () => {
    const close = vi.fn()
    const { pool, clock } = testPool({}, { close })
    const disconnects = record(pool, 'disconnect')
    const lease = await pool.acquire()
    const { resource } = lease
    lease.retire()
    await clock.settle()
    expect(close).toHaveBeenCalledWith(resource, expect.objectContaining({ reason: 'retired' }))
    expect(resource.destroys).toBe(0)
    expect(disconnects.map(({ event }) => event.reason)).toEqual(['retired'])
    expect(pool.stats()).toMatchObject({ size: 0, leases: 0 })
  })
})

describe('destroy', () => {
  it('ends the connection now, and frees its room', async () => {
    const { pool } = testPool({ size: { max: 1 } })
    const disconnects = record(pool, 'disconnect')
    const lease = await pool.acquire()
    const { resource } = lease
    lease.destroy(failure)
    expect(resource).toMatchObject({ destroys: 1, closes: 0 })
    expect(disconnects[0]?.event).toMatchObject({ reason: 'destroyed', error: failure })
    expect(pool.stats()).toMatchObject({ size: 0, leases: 0, closed: { destroyed: 1 } })
    expect((await pool.acquire()).connection.id).toBe(2)
  })
})

describe('detach', () => {
  it('takes the resource out of the pool: neither closed, nor watched, nor counted (invariants 2 and 6)', async () => {
    const { pool, clock } = testPool({ size: { max: 1 } })
    const disconnects = record(pool, 'disconnect')
    const lease = await pool.acquire()
    const resource = lease.detach()
    expect(resource).toMatchObject({ open: true, closes: 0, destroys: 0, signals: undefined })
    expect(disconnects[0]?.event.reason).toBe('detached')
    expect(pool.stats()).toMatchObject({ size: 0, leases: 0, closed: { detached: 1 } })
    expect((await pool.acquire()).connection.id).toBe(2)
    await pool.destroy()
    await clock.settle()
    expect(resource).toMatchObject({ open: true, closes: 0, destroys: 0 })
  })

  it('works for a connection that would have closed on release', async () => {
    const { pool } = testPool()
    const lease = await pool.acquire()
    pool.flush()
    expect(lease.detach()).toMatchObject({ open: true, closes: 0 })
    expect(pool.stats().closed).toMatchObject({ detached: 1, stale: 0 })
  })

  it('serves a waiter by the room that it frees', async () => {
    const { pool, clock } = testPool({ size: { max: 1 } })
    const lease = await pool.acquire()
    const waiting = follow(pool.acquire())
    lease.detach()
    await clock.settle()
    expect(waiting.value.connection.id).toBe(2)
  })
})

describe('when its connection is lost', () => {
  it('stays in the hand of its borrower while the room is free at once', async () => {
    const { pool, clock } = testPool({ size: { max: 1 } })
    const heard = record(pool, 'misuse', 'disconnect')
    const lease = await pool.acquire()
    const { resource } = lease
    const waiting = follow(pool.acquire())
    resource.lose(failure)
    expect(pool.stats()).toMatchObject({ leases: 0 })
    await clock.settle()
    expect(waiting.value.connection.id).toBe(2)
    expect(lease.resource).toBe(resource)
    lease.release()
    await clock.settle()
    expect(heard.map(({ name }) => name)).toEqual(['disconnect'])
    expect(pool.stats()).toMatchObject({ leases: 1, size: 1, closed: { lost: 1 } })
  })

  it.each<keyof Lease<unknown>>(['retire', 'destroy', 'detach'])('may be ended by %s without misuse', async (end) => {
    const { pool } = testPool({ size: { max: 1 } })
    const heard = record(pool, 'misuse', 'error')
    const lease = await pool.acquire()
    lease.resource.lose()
    ;(lease[end as 'retire'] as () => void)()
    expect(heard).toEqual([])
    expect(pool.stats()).toMatchObject({ leases: 0, size: 0 })
    lease.release()
    expect(heard.map(({ name }) => name)).toEqual(['misuse'])
  })

  it('destroys the resource once, although the borrower destroys its lease as well (invariant 6)', async () => {
    const { pool } = testPool()
    const lease = await pool.acquire()
    const { resource } = lease
    resource.lose()
    lease.destroy()
    expect(resource).toMatchObject({ destroys: 1, closes: 0 })
  })
})

describe('signal', () => {
  it('is aborted with the reason when the connection is lost', async () => {
    const { pool } = testPool()
    const lease = await pool.acquire()
    const { signal } = lease
    expect(signal.aborted).toBe(false)
    expect(lease.signal).toBe(signal)
    lease.resource.lose(failure)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toBe(failure)
  })

  it('is aborted already when it is asked for after the loss', async () => {
    const { pool } = testPool()
    const lease = await pool.acquire()
    lease.resource.lose(failure)
    expect(lease.signal.aborted).toBe(true)
    expect(lease.signal.reason).toBe(failure)
  })

  it('names what happened, whether asked for before or after', async () => {
    const { pool } = testPool()
    const [before, after] = [await pool.acquire(), await pool.acquire()]
    const { signal } = before
    pool.flush({ leased: 'now' })
    expect(signal.reason.message).toContain('stale')
    expect(after.signal.reason.message).toContain('stale')
  })

  it.each(['flush', 'destroy'] as const)('is aborted when the pool takes the connection away by %s', async (how) => {
    const { pool } = testPool()
    const { signal } = await pool.acquire()
    if (how === 'flush') pool.flush({ leased: 'now' })
    else await pool.destroy()
    expect(signal.aborted).toBe(true)
  })

  it('is not aborted by the end of the lease, nor by what happens to the connection afterwards', async () => {
    const { pool } = testPool()
    const lease = await pool.acquire()
    const { signal, resource } = lease
    lease.release()
    resource.lose(failure)
    await pool.destroy()
    expect(signal.aborted).toBe(false)
  })

  it('is made only when asked for', async () => {
    const { pool } = testPool()
    ;(await pool.acquire()).release()
    const made = vi.spyOn(globalThis, 'AbortController')
    const lease = await pool.acquire()
    lease.release()
    expect(made).not.toHaveBeenCalled()
    made.mockRestore()
  })
})
