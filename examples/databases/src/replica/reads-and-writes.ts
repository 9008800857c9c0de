import { failover, type Pool } from '@millpond/core'
import { presets } from '@millpond/database'
import { Pool as PgPool } from '@millpond/database/pg'
import type pg from 'pg'

/** Writes go to the primary; reads to the replica, and to the primary while there is none. */
export interface ReadsAndWrites extends AsyncDisposable {
  readonly writes: Pool<pg.PoolClient>
  readonly reads: Pool<pg.PoolClient>
}

export function readsAndWrites(primaryUrl: string, replicaUrl: string): ReadsAndWrites {
  const open = (connectionString: string, name: string) =>
    new PgPool({
      connectionString,
      max: 4,
      connectionTimeoutMillis: 2_000,
      // Whoever fails over wants to hear of a failure at once.
      pool: { ...presets.failFast, name, health: { onAcquire: true, after: 500 } },
    })
  const [primary, replica] = [open(primaryUrl, 'primary'), open(replicaUrl, 'replica')]
  const reads = failover([replica.inner, primary.inner])
  return {
    writes: primary.inner,
    reads,
    async [Symbol.asyncDispose]() {
      await reads.close()
      await Promise.all([primary.end(), replica.end()].map((ended) => ended.catch(() => {})))
    },
  }
}
