import { Logger, makeWorkerUtils, run, runOnce, type TaskList } from 'graphile-worker'
import { expect } from 'vitest'
import { until } from '../until.js'
import { type Given, onBothPools } from './on-both-pools.js'

const logger = new Logger(() => () => {})

/** Sends `count` jobs of the task `note`. */
async function send({ pool }: Given, count: number): Promise<void> {
  const utils = await makeWorkerUtils({ pgPool: pool, logger })
  await Promise.all(Array.from({ length: count }, (_, n) => utils.addJob('note', { n })))
  await utils.release()
}

/** Tasks that write down what they are asked to do. */
function notes(): { done: number[]; taskList: TaskList } {
  const done: number[] = []
  return { done, taskList: { note: async (payload) => void done.push((payload as { n: number }).n) } }
}

const left = async ({ pool }: Given) => (await pool.query('select count(*)::int as n from graphile_worker.jobs')).rows

onBothPools('graphile-worker', {
  'migrates its schema and does every job once': async (given) => {
    await send(given, 20)
    const { done, taskList } = notes()
    await runOnce({ pgPool: given.pool, taskList, logger, concurrency: 2, noHandleSignals: true })
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    return left(given)
  },

  'is told of new jobs by NOTIFY, and lets go of its listening client when it stops': async (given) => {
    const { done, taskList } = notes()
    // Longer than the test: only the notification can wake it.
    const options = { taskList, logger, concurrency: 2, noHandleSignals: true, pollInterval: 600_000 }
    const runner = await run({ pgPool: given.pool, ...options })
    const listening =
      "select count(*)::int as n from pg_stat_activity where query ilike 'listen %' and datname = current_database()"
    await until(async () => (await given.pool.query(listening)).rows[0].n > 0)
    await send(given, 5)
    await until(() => done.length === 5)
    await runner.stop()
    // What it listened on is not lent again, or has been told to listen no more.
    const clients = await Promise.all(Array.from({ length: 4 }, () => given.pool.connect()))
    const channels = await Promise.all(clients.map((client) => client.query('select pg_listening_channels()')))
    for (const client of clients) client.release()
    expect(channels.map(({ rowCount }) => rowCount)).toEqual([0, 0, 0, 0])
    return left(given)
  },

  'does a job inside a transaction of the task, and tries it again when that fails': async (given) => {
    await given.pool.query('create table written (n int)')
    const utils = await makeWorkerUtils({ pgPool: given.pool, logger })
    await utils.addJob('write', { n: 7 }, { maxAttempts: 3 })
    let attempts = 0
    const taskList: TaskList = {
      write: (_, { withPgClient }) =>
        withPgClient(async (client) => {
          attempts++
          await client.query('begin')
          await client.query('insert into written values ($1)', [attempts])
          await client.query('rollback')
          if (attempts === 1) throw new Error('not yet')
        }),
    }
    await runOnce({ pgPool: given.pool, taskList, logger, noHandleSignals: true })
    const failed = await given.pool.query('select attempts, last_error from graphile_worker.jobs')
    await given.pool.query('update graphile_worker._private_jobs set run_at = now()')
    await runOnce({ pgPool: given.pool, taskList, logger, noHandleSignals: true })
    await utils.release()
    const { rows } = await given.pool.query('select count(*)::int as n from written')
    expect(attempts).toBe(2)
    expect(rows).toEqual([{ n: 0 }])
    return [failed.rows.map(({ attempts }) => attempts), await left(given)]
  },
})
