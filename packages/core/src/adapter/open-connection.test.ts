import { expect, it } from 'vitest'
import { deferred, TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, record, testPool } from '../../test/test-pool.js'
import type { OpenContext } from './adapter.js'

it('gives the adapter a signal, the id, the timeout and the attempt', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ connect: { timeout: 700, retry: true, backoff: { jitter: 0 } } }, opens)
  follow(pool.acquire())
  opens.calls[0]?.fail()
  await clock.advance(100)
  const contexts = opens.calls.map(({ context }): Partial<OpenContext> => context)
  expect(contexts).toEqual([
    { signal: expect.any(AbortSignal), connectionId: 1, timeout: 700, attempt: 1 },
    { signal: expect.any(AbortSignal), connectionId: 2, timeout: 700, attempt: 2 },
  ])
})

it('calls the adapter as a method of itself', async () => {
  const seen: unknown[] = []
  const { pool, adapter, clock } = testPool(
    {},
    {
      open(this: unknown) {
        seen.push(this)
        return new TestResource(1)
      },
      close(this: unknown) {
        seen.push(this)
      },
      destroy(this: unknown) {
        seen.push(this)
      },
    },
  )
  ;(await pool.acquire()).retire()
  await clock.settle()
  ;(await pool.acquire()).destroy()
  expect(seen).toEqual([adapter, adapter, adapter, adapter])
})

it.each([undefined, null])('tells an adapter by name that opens %s', async (nothing) => {
  const { pool } = testPool({}, { open: async () => nothing as unknown as TestResource })
  const error = await pool.acquire().catch((error: unknown) => error)
  expect(error).toMatchObject({ code: 'ERR_POOL_CONNECT' })
  expect((error as Error).message).toContain(`Adapter "test": open() gave ${nothing}`)
  expect(pool.stats()).toMatchObject({ size: 0, closed: { 'connect-failed': 1 } })
})

it('takes a resource that is any other value, 0 and the empty text included', async () => {
  for (const value of [0, '', false]) {
    const { pool } = testPool({}, { open: () => value as unknown as TestResource, watch: () => () => {} })
    expect((await pool.acquire()).resource).toBe(value)
  }
})

it('takes a promise of another library for a promise', async () => {
  const resource = new TestResource(1)
  // biome-ignore lint/suspicious/noThenProperty: a promise of another library is what this is about
  const thenable = { then: (resolve: (value: TestResource) => void) => queueMicrotask(() => resolve(resource)) }
  const { pool } = testPool({}, { open: () => thenable as unknown as Promise<TestResource> })
  expect((await pool.acquire()).resource).toBe(resource)
})

it('gives an open up at connect.timeout, aborts its signal and rejects who waited', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ connect: { timeout: 1_000 } }, opens)
  const heard = record(pool, 'connectError')
  const waiting = follow(pool.acquire())
  await clock.advance(999)
  expect([waiting.state, opens.calls[0]?.context.signal.aborted]).toEqual(['pending', false])
  await clock.advance(1)
  expect(opens.calls[0]?.context.signal.aborted).toBe(true)
  expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CONNECT', cause: { name: 'TimeoutError' } })
  expect(waiting.error.message).toContain('connect.timeout (1000 ms)')
  expect(heard[0]?.event).toMatchObject({ took: 1_000, attempt: 1 })
})

it('opens again after the backoff when an open timed out, though its promise never settles (invariant 9)', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ connect: { timeout: 1_000, retry: true, backoff: { jitter: 0 } } }, opens)
  const waiting = follow(pool.acquire())
  await clock.advance(1_100)
  expect(opens.calls).toHaveLength(2)
  opens.calls[1]?.succeed()
  await clock.settle()
  expect(waiting.state).toBe('fulfilled')
})

it('closes gracefully what arrives between connect.timeout and close.timeout (invariant 6)', async () => {
  const opens = gatedOpens()
  const { pool, clock, adapter } = testPool({ connect: { timeout: 1_000 }, close: { timeout: 500 } }, opens)
  const disconnects = record(pool, 'disconnect')
  follow(pool.acquire())
  await clock.advance(1_200)
  const resource = opens.calls[0]?.succeed()
  await clock.settle()
  expect(resource).toMatchObject({ closes: 1, destroys: 0, signals: undefined })
  expect(disconnects[0]?.event.reason).toBe('connect-failed')
  expect(pool.stats()).toMatchObject({ size: 0, abandoned: 0, late: 0 })
  expect(adapter.resources).toEqual([])
})

it('abandons an open that has not settled by its deadlines, and destroys what arrives later (invariant 6)', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ connect: { timeout: 1_000 }, close: { timeout: 500 } }, opens)
  const disconnects = record(pool, 'disconnect')
  follow(pool.acquire())
  await clock.advance(1_500)
  expect(disconnects[0]?.event).toMatchObject({ reason: 'abandoned', age: 0, uses: 0 })
  expect(pool.stats()).toMatchObject({ size: 0, abandoned: 1, late: 0, closed: { abandoned: 1 } })
  const resource = opens.calls[0]?.succeed()
  await clock.settle()
  expect(resource).toMatchObject({ destroys: 1, closes: 0 })
  expect(pool.stats()).toMatchObject({ size: 0, late: 1, opened: 0 })
})

it('closes what arrives late where the adapter cannot destroy', async () => {
  const late = deferred<TestResource>()
  const closed: TestResource[] = []
  const { pool, clock, adapter } = testPool({ connect: { timeout: 100 }, close: { timeout: 50 } })
  Object.assign(adapter, {
    destroy: undefined,
    open: () => late.promise,
    close: (resource: TestResource) => void closed.push(resource),
  })
  follow(pool.acquire())
  await clock.advance(150)
  const resource = new TestResource(1)
  late.resolve(resource)
  await clock.settle()
  expect(closed).toEqual([resource])
})

it('ignores an abandoned open that fails late', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ connect: { timeout: 100 }, close: { timeout: 50 } }, opens)
  const errors = record(pool, 'error', 'connectError')
  follow(pool.acquire())
  await clock.advance(200)
  opens.calls[0]?.fail()
  await clock.settle()
  expect(errors.map(({ name }) => name)).toEqual(['connectError'])
  expect(pool.stats()).toMatchObject({ late: 0, abandoned: 1 })
})

it('tells of an open that succeeds: how long it took and what came of it', async () => {
  const { pool } = testPool()
  const heard = record(pool, 'connecting', 'connect')
  const lease = await pool.acquire()
  expect(heard).toEqual([
    { name: 'connecting', event: { pool: 'test', connection: lease.connection, attempt: 1 } },
    { name: 'connect', event: { pool: 'test', connection: lease.connection, resource: lease.resource, took: 0 } },
  ])
})

it('never has more than size.max connections, however slow their closes are (invariant 2)', async () => {
  const closing = deferred<void>()
  const { pool, clock } = testPool({ size: { max: 1 } }, { close: () => closing.promise })
  const lease = await pool.acquire()
  const waiting = follow(pool.acquire())
  lease.retire()
  await clock.advance(1_000)
  expect([waiting.state, pool.stats().size]).toEqual(['pending', 1])
  closing.resolve()
  await clock.settle()
  expect(waiting.state).toBe('fulfilled')
})
