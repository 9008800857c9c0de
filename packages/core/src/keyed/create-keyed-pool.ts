import { type KeyedPoolOptions, resolveKeyedOptions } from './keyed-options.js'
import type { KeyedPool } from './keyed-pool.js'
import { KeyedResourcePool } from './keyed-resource-pool.js'

/** Makes a pool for each key of what `adapter(target)` opens, with limits that span keys. Throws `InvalidOptionError`. */
export function createKeyedPool<T, R>(options: KeyedPoolOptions<T, R>): KeyedPool<T, R> {
  return new KeyedResourcePool(resolveKeyedOptions(options))
}
