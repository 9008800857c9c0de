import { acquire } from '../acquire/acquire.js'
import type { AcquireOptions } from '../acquire/acquire-options.js'
import type { Lease, PoolLease } from '../acquire/lease.js'
import { runInside } from './nesting.js'
import type { PoolCore } from './pool-core.js'

/** Acquires, calls, and gives back; a lease that `fn` ended itself is left alone. */
export async function use<R, T>(
  core: PoolCore<R>,
  fn: (resource: R, lease: Lease<R>) => T | Promise<T>,
  options: AcquireOptions | undefined,
): Promise<T> {
  const lease = await acquire(core, options)
  try {
    if (core.options.acquire.nested === 'off') return await fn(lease.resource, lease)
    return await runInside(core, lease.entry.id, () => fn(lease.resource, lease))
  } catch (error) {
    if (!lease.ended && isFatal(core, lease, error)) lease.destroy(error instanceof Error ? error : undefined)
    throw error
  } finally {
    lease[Symbol.dispose]()
  }
}

/** An adapter that cannot even say is not to be trusted with the connection. */
function isFatal<R>(core: PoolCore<R>, lease: PoolLease<R>, error: unknown): boolean {
  try {
    return core.adapter.isFatal?.(error, lease.entry.resource as R) ?? false
  } catch (thrown) {
    core.moments.trouble(core, 'is-fatal', thrown)
    return true
  }
}
