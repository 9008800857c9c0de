import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runner } from 'node-pg-migrate'
import { expect } from 'vitest'
import { type Given, onBothPools } from './on-both-pools.js'

const migrations = {
  '1_accounts.mjs': `
    export const up = (pgm) => pgm.createTable('account', { id: 'id', owner: { type: 'text', notNull: true } })
    export const down = (pgm) => pgm.dropTable('account')`,
  '2_balance.mjs': `
    export const up = (pgm) => pgm.addColumn('account', { balance: { type: 'integer', default: 0 } })
    export const down = (pgm) => pgm.dropColumn('account', 'balance')`,
}

const broken = {
  '3_broken.mjs': `
    export const up = (pgm) => {
      pgm.addColumn('account', { note: { type: 'text' } })
      pgm.sql('select * from nowhere')
    }
    export const down = false`,
}

const slow = { '3_slow.mjs': "export const up = (pgm) => pgm.sql('select pg_sleep(1)')" }

/** Runs them on a client of the pool, which is given back whatever happens. */
async function migrate({ pool }: Given, files: Record<string, string>, direction: 'up' | 'down', count?: number) {
  const dir = await mkdtemp(join(tmpdir(), 'millpond-migrations-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text)
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    const migrationsTable = 'migrations'
    const run = await runner({
      dbClient: client,
      dir,
      direction,
      migrationsTable,
      log: () => {},
      ...(count && { count }),
    })
    return run.map(({ name }) => name)
  } catch (error) {
    failure = error as Error
    throw error
  } finally {
    // It leaves the transaction of a failed migration open.
    client.release(failure)
    await rm(dir, { recursive: true })
  }
}

const columns = async ({ pool }: Given) => {
  const text = "select column_name as name from information_schema.columns where table_name = 'account' order by 1"
  return (await pool.query<{ name: string }>(text)).rows.map(({ name }) => name)
}

onBothPools('node-pg-migrate', {
  'migrates up and down': async (given) => {
    const up = await migrate(given, migrations, 'up')
    const after = await columns(given)
    const down = await migrate(given, migrations, 'down', 1)
    const again = await columns(given)
    expect([up, down]).toEqual([['1_accounts', '2_balance'], ['2_balance']])
    expect([after, again]).toEqual([
      ['balance', 'id', 'owner'],
      ['id', 'owner'],
    ])
    return [up, after, down, again]
  },

  'leaves nothing of a migration that fails': async (given) => {
    await migrate(given, migrations, 'up')
    const failed = await migrate(given, { ...migrations, ...broken }, 'up').catch((error: Error) => error.message)
    expect(failed).toContain('nowhere')
    const answer = [failed, await columns(given)]
    expect(answer[1]).not.toContain('note')
    const { rows } = await given.pool.query("select count(*)::int as n from pg_locks where locktype = 'advisory'")
    return [answer, rows]
  },

  'lets one of two migrate at a time': async (given) => {
    const slowly = { ...migrations, ...slow }
    const both = await Promise.allSettled([migrate(given, slowly, 'up'), migrate(given, slowly, 'up')])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    return columns(given)
  },
})
