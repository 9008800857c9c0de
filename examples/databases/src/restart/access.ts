import { presets } from '@millpond/database'
import { Pool } from '@millpond/database/pg'
import pg from 'pg'

/** The pool of pg, or its drop-in. */
export interface Access extends AsyncDisposable {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

const max = 8
const patience = 5_000

export function withPgPool(connectionString: string): Access {
  const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: patience })
  // Its own listener: without one, an idle client that fails would end the process.
  pool.on('error', () => {})
  return {
    query: (text, values) => pool.query(text, values),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

/** The same, with what suits a database: callers wait for a server that is away, until their deadline. */
export function withMillpond(connectionString: string): Access {
  return new Pool({ connectionString, max, connectionTimeoutMillis: patience, pool: presets.database })
}
