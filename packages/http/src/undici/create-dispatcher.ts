import type { DispatcherOptions } from './dispatcher-options.js'
import { PooledDispatcher } from './pooled-dispatcher.js'

/**
 * An undici `Dispatcher` for `fetch(url, { dispatcher })`, `undici.request` and its like, and `setGlobalDispatcher`. It
 * keeps a pool of connections for each origin.
 *
 * Throws `InvalidOptionError`, which names the option; one of undici's dispatchers is told its name here.
 *
 * ```ts
 * const dispatcher = createDispatcher({ perKey: 32, total: 256 })
 * const response = await fetch('https://example.org/', { dispatcher })
 * ```
 */
export function createDispatcher(options?: DispatcherOptions): PooledDispatcher {
  return new PooledDispatcher(options)
}
