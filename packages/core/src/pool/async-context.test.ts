import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { expect, it } from 'vitest'
import { TestResource, testAdapter } from '../../test/test-adapter.js'
import { follow } from '../../test/test-pool.js'
import { virtualClock } from '../../test/virtual-clock.js'
import { createPool } from './create-pool.js'
import type { PoolOptions } from './pool-options.js'

const storage = new AsyncLocalStorage<string>()

/** A pool made in the context 'creator', whose adapter notes in which context it is called. The clock's timers run in the
 * context in which they were set, as the process's do. */
function pooledBy(options: PoolOptions = {}) {
  const contexts: Record<string, (string | undefined)[]> = {}
  const note = (what: string) => {
    contexts[what] ??= []
    contexts[what].push(storage.getStore())
  }
  const virtual = virtualClock()
  const clock = {
    now: virtual.now,
    clearTimeout: virtual.clearTimeout,
    setTimeout: (fn: () => void, ms: number) => virtual.setTimeout(AsyncResource.bind(fn), ms),
  }
  const later = (ms: number) => new Promise<void>((resolve) => virtual.setTimeout(resolve, ms))
  const adapter = testAdapter({
    async open({ connectionId, signal }) {
      note('open')
      signal.addEventListener('abort', () => note('abort'))
      await later(10)
      note('open, continued')
      return new TestResource(connectionId)
    },
    async close() {
      note('close')
      await later(5)
    },
    destroy() {
      note('destroy')
      return Promise.reject(new Error('no')) as never
    },
    async check() {
      note('check')
      await later(5)
    },
    async reset() {
      note('reset')
      await later(5)
    },
    watch() {
      note('watch')
      return () => note('unwatch')
    },
  })
  const pool = storage.run('creator', () => createPool<TestResource>(adapter, { clock, random: () => 0.5, ...options }))
  return { pool, clock: virtual, contexts, note }
}

it('calls the adapter in the context of createPool, whoever triggers the call', async () => {
  const { pool, clock, contexts } = pooledBy({ size: { max: 2 }, connect: { timeout: 100 } })
  pool.on('error', () => {})
  const lease = storage.run('request 1', () => follow(pool.acquire()))
  await clock.advance(10)
  storage.run('request 1', () => lease.value.release())
  await clock.advance(1_000)
  const second = storage.run('request 2', () => follow(pool.acquire()))
  await clock.advance(5)
  storage.run('request 2', () => second.value.retire())
  await clock.advance(5)
  const third = storage.run('request 3', () => follow(pool.acquire()))
  await clock.advance(10)
  storage.run('request 3', () => third.value.destroy())
  storage.run('request 4', () => {
    follow(pool.acquire())
    pool.flush()
  })
  await clock.advance(100)
  for (const call of ['open', 'open, continued', 'close', 'destroy', 'check', 'reset', 'watch', 'unwatch', 'abort']) {
    expect(new Set(contexts[call]), call).toEqual(new Set(['creator']))
  }
})

it('runs timers and what follows from them in the context of createPool', async () => {
  const { pool, clock, note, contexts } = pooledBy({ idle: { timeout: 1_000 }, lifetime: { maxAge: 5_000 } })
  for (const name of ['connect', 'retire', 'disconnect'] as const) pool.on(name, () => note(name))
  const lease = storage.run('request', () => follow(pool.acquire()))
  await clock.advance(10)
  storage.run('request', () => lease.value.release())
  await clock.advance(10_000)
  for (const name of ['connect', 'retire', 'disconnect']) expect(contexts[name], name).toEqual(['creator'])
})

it('restores size.min and checks in the background in the context of createPool', async () => {
  const { clock, contexts, pool } = pooledBy({ size: { min: 1 }, health: { every: 1_000 } })
  await clock.advance(5_000)
  storage.run('request', () => pool.flush())
  await clock.advance(5_000)
  expect(contexts.open).toEqual(['creator', 'creator'])
  expect(new Set(contexts.check)).toEqual(new Set(['creator']))
  expect(contexts.check?.length).toBeGreaterThan(3)
})

it('tells of a destroy that rejects in the context of createPool', async () => {
  const { pool, clock, note, contexts } = pooledBy()
  pool.on('error', () => note('error'))
  const lease = storage.run('request', () => follow(pool.acquire()))
  await clock.advance(10)
  storage.run('request', () => lease.value.destroy())
  await clock.settle()
  expect(contexts.error).toEqual(['creator'])
})

it('leaves each acquirer its own context', async () => {
  const { pool, clock } = pooledBy({ size: { max: 1 } })
  const seen: (string | undefined)[] = []
  const request = (name: string) =>
    storage.run(name, () =>
      follow(
        pool.use(() => {
          seen.push(storage.getStore())
        }),
      ),
    )
  request('a')
  request('b')
  await clock.advance(50)
  expect(seen).toEqual(['a', 'b'])
})
