import type { Adapter, OpenContext } from '../src/adapter/adapter.js'
import { createPool } from '../src/pool/create-pool.js'
import type { Pool } from '../src/pool/pool.js'
import type { PoolEvents } from '../src/pool/pool-events.js'
import type { PoolOptions } from '../src/pool/pool-options.js'
import { deferred, type TestAdapter, TestResource, testAdapter } from './test-adapter.js'
import { type VirtualClock, virtualClock } from './virtual-clock.js'

type Overrides = Partial<Adapter<TestResource>>

export interface TestPool {
  readonly pool: Pool<TestResource>
  readonly clock: VirtualClock
  readonly adapter: TestAdapter
}

/** A pool on a virtual clock, with chance always in the middle. */
export function testPool(
  options: PoolOptions = {},
  overrides: Overrides | ((clock: VirtualClock) => Overrides) = {},
): TestPool {
  const clock = virtualClock()
  const adapter = testAdapter(typeof overrides === 'function' ? overrides(clock) : overrides)
  const pool = createPool<TestResource>(adapter, { clock, random: () => 0.5, ...options })
  return { pool, clock, adapter }
}

/** An adapter's call that the test answers. */
export interface OpenCall {
  readonly context: OpenContext
  readonly settled: boolean
  succeed(): TestResource
  fail(error?: unknown): void
}

/** Opens that settle only when the test says so. */
export function gatedOpens(): { readonly calls: OpenCall[]; open(context: OpenContext): Promise<TestResource> } {
  const calls: OpenCall[] = []
  return {
    calls,
    open(context) {
      const { promise, resolve, reject } = deferred<TestResource>()
      const resource = new TestResource(calls.length + 1)
      const call = {
        context,
        settled: false,
        succeed: () => {
          call.settled = true
          resolve(resource)
          return resource
        },
        fail: (error: unknown = new Error('refused')) => {
          call.settled = true
          reject(error)
        },
      }
      calls.push(call)
      return promise
    },
  }
}

/** Opens that take `ms` of virtual time, and the moments at which they began. */
export function slowOpens(clock: VirtualClock, ms: number): Overrides & { readonly began: number[] } {
  const began: number[] = []
  return {
    began,
    open: ({ connectionId }) => {
      began.push(clock.now())
      return new Promise((resolve) => clock.setTimeout(() => resolve(new TestResource(connectionId)), ms))
    },
  }
}

/** What has become of a promise so far. */
export interface Outcome<T> {
  state: 'pending' | 'fulfilled' | 'rejected'
  value: T
  error: Error
}

/** Follows a promise, so that a rejection is never unhandled and a pending one can be asserted. */
export function follow<T>(promise: Promise<T>): Outcome<T> {
  const outcome: Outcome<T> = { state: 'pending', value: undefined as T, error: undefined as unknown as Error }
  promise.then(
    (value) => Object.assign(outcome, { state: 'fulfilled', value }),
    (error) => Object.assign(outcome, { state: 'rejected', error }),
  )
  return outcome
}

/** Everything these events say, in order: name and payload. */
export function record<N extends keyof PoolEvents<TestResource>>(
  pool: Pool<TestResource>,
  ...names: N[]
): { name: N; event: Parameters<PoolEvents<TestResource>[N]>[0] }[] {
  const heard: { name: N; event: Parameters<PoolEvents<TestResource>[N]>[0] }[] = []
  for (const name of names) {
    const listener = (event: Parameters<PoolEvents<TestResource>[N]>[0]) => heard.push({ name, event })
    pool.on(name, listener as never)
  }
  return heard
}
