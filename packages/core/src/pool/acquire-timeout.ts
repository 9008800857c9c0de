/** Under which a pool that is made of others, or made into others, tells its `acquire.timeout` in ms. Across copies of
 * this package, as with the brand of errors. */
export const acquireTimeout: unique symbol = Symbol.for('millpond.acquireTimeout') as never

/** A pool's default. */
const USUAL = 30_000

/** What the pool gives an acquire that names no `timeout`; 30 000 where it does not tell. */
export function acquireTimeoutOf(pool: object): number {
  const told = (pool as { readonly [acquireTimeout]?: unknown })[acquireTimeout]
  return typeof told === 'number' ? told : USUAL
}
