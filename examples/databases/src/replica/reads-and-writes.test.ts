import type { Pool } from '@millpond/core'
import type pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Postgres } from '../postgres.js'
import { type ReadsAndWrites, readsAndWrites } from './reads-and-writes.js'

let primary: Postgres
let replica: Postgres
let pools: ReadsAndWrites
beforeAll(async () => {
  primary = await Postgres.start()
  replica = await primary.replica()
  pools = readsAndWrites(primary.url, replica.url)
}, 60_000)
afterAll(async () => {
  await pools[Symbol.asyncDispose]()
  await replica[Symbol.asyncDispose]()
  await primary[Symbol.asyncDispose]()
})

const askOn = async (pool: Pool<pg.PoolClient>, text: string) =>
  (await pool.use((client) => client.query(text))).rows[0]
const isStandby = async (pool: Pool<pg.PoolClient>) =>
  (await askOn(pool, 'select pg_is_in_recovery() as standby')).standby

/** Asks until it is so: a standby follows a little later. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20))
}

it('reads from a replica what was written to the primary', async () => {
  await askOn(pools.writes, 'create table notes as select 7 as n')
  await until(async () => (await askOn(pools.reads, 'select n from notes')).n === 7)
  expect(await isStandby(pools.reads)).toBe(true)
  expect(await isStandby(pools.writes)).toBe(false)
})

it('reads from the primary while the replica is away, and from the replica when it is back', {
  timeout: 30_000,
}, async () => {
  await replica.stop()
  await until(async () => (await isStandby(pools.reads)) === false)
  expect(await askOn(pools.reads, 'select n from notes')).toEqual({ n: 7 })
  await replica.start()
  await until(() => isStandby(pools.reads))
})

it('writes nothing while the primary is away, and goes on reading', { timeout: 30_000 }, async () => {
  await primary.stop()
  await expect(askOn(pools.writes, 'insert into notes values (8)')).rejects.toThrow()
  expect(await askOn(pools.reads, 'select n from notes')).toEqual({ n: 7 })
  await primary.start()
  await until(async () => {
    await askOn(pools.writes, 'insert into notes values (9)')
    return true
  })
})
