import type { Adapter } from '../adapter/adapter.js'
import { type Pool, ResourcePool } from './pool.js'
import type { PoolOptions } from './pool-options.js'
import { resolveOptions } from './resolve-options.js'
import { Surroundings } from './surroundings.js'
import { makeCore } from './wiring.js'

/** Makes a pool of what `adapter` opens. Throws `InvalidOptionError` for an adapter or an option that cannot be. */
export function createPool<R>(adapter: Adapter<R>, options?: PoolOptions<R>): Pool<R> {
  const resolved = resolveOptions(adapter, options)
  return new ResourcePool<R>((emitter) => makeCore(adapter, resolved, new Surroundings(resolved, emitter)))
}
