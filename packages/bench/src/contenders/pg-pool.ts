import type { ClientBase, PoolClient } from 'pg'
import PgPool from 'pg-pool'
import { type Contender, type PoolSetup, standardSetup } from '../contender.js'
import { nullPgClient } from './null-pg-client.js'

export function pgPool(setup: PoolSetup = standardSetup): Contender<PoolClient> {
  const { connections, acquireTimeout, idleTimeout, maxAge } = setup
  const pool = new PgPool({
    Client: nullPgClient(setup) as unknown as new () => ClientBase,
    max: connections,
    connectionTimeoutMillis: acquireTimeout,
    ...(idleTimeout && { idleTimeoutMillis: idleTimeout }),
    ...(maxAge && { maxLifetimeSeconds: maxAge / 1000 }),
  })
  return {
    acquire: () => pool.connect(),
    release: (client) => client.release(),
    close: () => pool.end(),
  }
}
