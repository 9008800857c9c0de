import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDatabaseClient, databaseClientNames } from './clients/index.js'
import { Postgres } from './postgres.js'
import { outcomeOf } from './trial.js'

let postgres: Postgres
beforeAll(async () => {
  postgres = await Postgres.start()
}, 60_000)
afterAll(() => postgres.end())

const clients = databaseClientNames.filter((name) => !name.includes('mysql'))

it.each(clients)('%s answers queries, on no more connections than it may have', async (name) => {
  const client = await createDatabaseClient(name, { url: postgres.url, connections: 2 })
  const slow = Promise.all(Array.from({ length: 6 }, () => client.query('select pg_sleep(0.02)')))
  const sessions = (await client.query(
    "select count(*)::int as n from pg_stat_activity where backend_type = 'client backend'",
  )) as { rows?: { n: number }[] } & { n: number }[]
  expect((sessions.rows ?? sessions)[0]?.n).toBeLessThanOrEqual(2)
  await slow
  await client.close()
})

it('puts a pool through a restart of its server, and tells what came of it', { timeout: 30_000 }, async () => {
  const restart = async () => {
    await postgres.interrupt()
    await postgres.start()
  }
  const outcome = await outcomeOf({ kind: 'recovery', client: 'millpond pg', url: postgres.url }, restart)
  expect(outcome.all).toBeGreaterThanOrEqual(outcome.first as number)
  expect(outcome.all).toBeLessThan(5_000)
  expect(outcome.failed).toBeGreaterThan(0)
})

it('lets fifty callers come at once, and tells how many connections were opened', { timeout: 30_000 }, async () => {
  const outcome = await outcomeOf({ kind: 'spike', client: 'millpond pg', url: postgres.url })
  expect(outcome.opened).toBeGreaterThanOrEqual(0)
  expect(outcome.opened).toBeLessThanOrEqual(45)
  expect(outcome.took).toBeGreaterThan(2)
})
