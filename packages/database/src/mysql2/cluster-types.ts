import type mysql from 'mysql2'
import type * as promise from 'mysql2/promise'
import type { PoolOptions } from './mysql2-options.js'

interface MillpondPoolCluster {
  /** Adds a node, by the name that patterns match; nothing when there is one of that name. While a node cannot be
   * reached, whoever asks for one of its connections is told at once: `pool: { connect: { breaker } }` says for how
   * long, unless it is set 1 000 ms after one failure. */
  add(options: PoolOptions): void
  add(id: string, options: PoolOptions | string): void
  /** Ends and forgets the nodes whose names match. */
  remove(pattern: string): void
}

/** What `createPoolCluster` of `@millpond/database/mysql2/callback` makes: a drop-in for the one of `mysql2`. */
export interface CallbackPoolCluster extends Omit<mysql.PoolCluster, 'add' | 'remove'>, MillpondPoolCluster {}

/** What `createPoolCluster` of `@millpond/database/mysql2` makes: a drop-in for the one of `mysql2/promise`. */
export interface PoolCluster extends Omit<promise.PoolCluster, 'add' | 'remove'>, MillpondPoolCluster {}
