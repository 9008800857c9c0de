import type { OpenPool } from './open-pool.js'
import type { Outcome } from './trial.js'

const WARM = 5
const MOST = 50
const APPLICATION = "select count(*)::int as sessions from pg_stat_activity where backend_type = 'client backend'"

/** Fifty callers of 2 ms at once where five connections are warm and fifty are allowed: ms until all have their answer,
 * and connections that were opened for them. */
export async function spike(open: OpenPool): Promise<Outcome> {
  const { query } = await open({ connections: MOST })
  await Promise.all(Array.from({ length: WARM }, () => query('select pg_sleep(0.05)')))
  for (let time = 0; time < 50; time++) await query('select pg_sleep(0.002)')
  const before = await sessions(query)
  const began = performance.now()
  await Promise.all(Array.from({ length: MOST }, () => query('select pg_sleep(0.002)')))
  const took = performance.now() - began
  return { took, opened: (await sessions(query)) - before }
}

async function sessions(query: (text: string) => Promise<unknown>): Promise<number> {
  const result = (await query(APPLICATION)) as { rows?: { sessions: number }[] } & { sessions: number }[]
  return (result.rows ?? result)[0]?.sessions ?? 0
}
