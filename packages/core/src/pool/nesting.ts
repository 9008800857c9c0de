import { AsyncLocalStorage } from 'node:async_hooks'
import { NestedAcquireError } from '../errors/nested-acquire-error.js'
import type { PoolCore } from './pool-core.js'

/** A `use` in progress around the present call. */
interface Use {
  readonly pool: unknown
  readonly connectionId: number
  readonly around: Use | undefined
  /** What it called may outlive it; nothing is held any more then. */
  over: boolean
}

/** Made with the first pool that wants it: with one, every promise of the process costs a little more. */
let uses: AsyncLocalStorage<Use> | undefined

/** Runs `fn` so that acquires of the same pool inside it are known to be nested, until what it returns has settled.
 * Siblings of it are not. */
export async function runInside<R, T>(core: PoolCore<R>, connectionId: number, fn: () => T | Promise<T>): Promise<T> {
  uses ??= new AsyncLocalStorage()
  const use: Use = { pool: core, connectionId, around: uses.getStore(), over: false }
  try {
    return await uses.run(use, fn)
  } finally {
    use.over = true
  }
}

/** Says, as `acquire.nested` wants it, that the present call is inside a `use` of this pool: by an error to refuse the
 * acquire with, or by a `misuse` event. */
export function findNesting<R>(core: PoolCore<R>): NestedAcquireError | undefined {
  let use = uses?.getStore()
  while (use !== undefined && (use.pool !== core || use.over)) use = use.around
  if (use === undefined) return undefined
  const error = new NestedAcquireError(core.name, use.connectionId)
  if (core.options.acquire.nested === 'error') return error
  core.moments.warnOnce('nested', error.message)
  const connection = [...core.connections].find(({ id }) => id === use.connectionId)
  if (core.moments.misuse.wanted && connection !== undefined) {
    core.moments.misuse.tell(core, { connection: connection.info, action: 'nested-acquire' })
  }
  return undefined
}
