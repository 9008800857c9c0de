import { PoolError } from './pool-error.js'

/** With `acquire.nested: 'error'`: an acquire inside a `use` of the same pool, which may wait for itself for ever. */
export class NestedAcquireError extends PoolError {
  override readonly name = 'NestedAcquireError'
  readonly code = 'ERR_POOL_NESTED_ACQUIRE' as const

  constructor(pool: string, connectionId: number) {
    super(
      `An acquire inside use() of pool "${pool}", which holds connection ${connectionId}: when every connection is held like this, all wait for one another. Pass the resource on instead, or set acquire.nested to 'warn' or 'off'.`,
      pool,
    )
  }
}
