import type { EventEmitter } from 'node:events'
import pg from 'pg'
import type { KeptOptions, PoolConfig } from './pg-options.js'

/** What pg's pool brings along; everything else of it is written anew. */
interface PgPoolBase extends EventEmitter {
  readonly ending: boolean
  readonly ended: boolean
  options: pg.PoolOptions
}

/** The fields of pg-pool's that its constructor makes: its types hide some of them. */
export interface PgPoolState {
  ending: boolean
  ended: boolean
  options: KeptOptions
  Client: new (options: KeptOptions) => pg.PoolClient
  Promise: PromiseConstructor
}

/** A base class: code that asks whether something is `instanceof pg.Pool`, as Drizzle does, takes it for what it is. */
export const PgPool = pg.Pool as unknown as new (config: PoolConfig) => PgPoolBase
