import { expect, it, vi } from 'vitest'
import { deferred, type TestResource } from '../../test/test-adapter.js'
import { record, testPool } from '../../test/test-pool.js'
import type { CloseContext } from './adapter.js'

const failure = new Error('already gone')

it('tells the adapter why a connection is closed, and waits for it', async () => {
  const closing = deferred<void>()
  const close = vi.fn((_resource: TestResource, _context: CloseContext) => closing.promise)
  const { pool, clock } = testPool({}, { close })
  const lease = await pool.acquire()
  const { resource } = lease
  lease.retire()
  await clock.settle()
  expect(close).toHaveBeenCalledWith(resource, { signal: expect.any(AbortSignal), reason: 'retired' })
  expect(pool.stats()).toMatchObject({ size: 1, closing: 1 })
  closing.resolve()
  await clock.settle()
  expect(pool.stats()).toMatchObject({ size: 0, closing: 0, closed: { retired: 1 } })
  expect(resource.destroys).toBe(0)
})

it('aborts a close at close.timeout and destroys', async () => {
  let signal: AbortSignal | undefined
  const order: string[] = []
  const { pool, clock } = testPool(
    { close: { timeout: 800 } },
    {
      close: (_, context) => {
        signal = context.signal
        signal.addEventListener('abort', () => order.push('abort'))
        return new Promise(() => {})
      },
      destroy: (_, reason) => void order.push(`destroy ${reason}`),
    },
  )
  ;(await pool.acquire()).retire()
  await clock.advance(799)
  expect([signal?.aborted, order]).toEqual([false, []])
  await clock.advance(1)
  expect(order).toEqual(['abort', 'destroy retired'])
  expect(pool.stats().size).toBe(0)
})

it.each(['rejects', 'throws'] as const)('destroys and reports when close %s', async (how) => {
  const { pool, clock } = testPool(
    {},
    {
      close: () => {
        if (how === 'throws') throw failure
        return Promise.reject(failure)
      },
    },
  )
  const heard = record(pool, 'error', 'disconnect')
  const lease = await pool.acquire()
  const { resource } = lease
  lease.retire()
  await clock.settle()
  expect(heard.map(({ name }) => name)).toEqual(['error', 'disconnect'])
  expect(heard[0]?.event).toEqual({ pool: 'test', source: 'close', error: failure })
  expect(resource.destroys).toBe(1)
})

it('ignores what a close that was given up rejects with', async () => {
  const closing = deferred<void>()
  const { pool, clock } = testPool({}, { close: () => closing.promise })
  const errors = record(pool, 'error')
  const lease = await pool.acquire()
  const { resource } = lease
  lease.retire()
  await clock.settle()
  await pool.destroy()
  closing.reject(new Error('aborted'))
  await clock.settle()
  expect(errors).toEqual([])
  expect(resource.destroys).toBe(1)
})

it.each(['rejects', 'throws'] as const)(
  'reports a destroy that %s, and has the connection closed all the same',
  async (how) => {
    const { pool, clock } = testPool(
      {},
      {
        destroy: () => {
          if (how === 'throws') throw failure
          return Promise.reject(failure) as never
        },
      },
    )
    const errors = record(pool, 'error')
    ;(await pool.acquire()).destroy()
    expect(pool.stats().size).toBe(0)
    await clock.settle()
    expect(errors.map(({ event }) => event)).toEqual([{ pool: 'test', source: 'destroy', error: failure }])
  },
)

it('closes without waiting where the adapter cannot destroy, and only once (invariant 6)', async () => {
  const close = vi.fn(() => new Promise<void>(() => {}))
  const { pool, clock, adapter } = testPool({ close: { timeout: 100 } }, { close })
  Object.assign(adapter, { destroy: undefined })
  ;(await pool.acquire()).destroy()
  expect(close).toHaveBeenCalledTimes(1)
  expect(pool.stats().size).toBe(0)
  ;(await pool.acquire()).retire()
  await clock.advance(100)
  expect(close).toHaveBeenCalledTimes(2)
  expect(pool.stats().size).toBe(0)
})

it('reports why, how old and how much used a connection was when it ends', async () => {
  const { pool, clock } = testPool()
  const heard = record(pool, 'retire', 'disconnect')
  const lease = await pool.acquire()
  await clock.advance(40)
  lease.release()
  await clock.advance(60)
  ;(await pool.acquire()).retire()
  await clock.settle()
  const { connection } = lease
  expect(heard).toEqual([
    { name: 'retire', event: { pool: 'test', connection, reason: 'retired' } },
    { name: 'disconnect', event: { pool: 'test', connection, reason: 'retired', age: 100, uses: 2 } },
  ])
  expect(connection.state).toBe('closed')
})
