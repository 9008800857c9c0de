import PgBoss from 'pg-boss'
import { expect } from 'vitest'
import { until } from '../until.js'
import { type Given, onBothPools } from './on-both-pools.js'

/** pg-boss makes a pool of pg's by itself, unless it is told how to ask. */
async function start({ pool }: Given): Promise<PgBoss> {
  const db = { executeSql: (text: string, values: unknown[]) => pool.query(text, values) }
  const boss = new PgBoss({ db, supervise: false, schedule: false })
  boss.on('error', (error) => {
    throw error
  })
  await boss.start()
  await boss.createQueue('mail')
  return boss
}

const stop = (boss: PgBoss) => boss.stop({ graceful: true, wait: true, timeout: 5_000 })

onBothPools('pg-boss', {
  'hands each job to one worker, once': async (given) => {
    const boss = await start(given)
    const done: number[] = []
    for (let worker = 0; worker < 3; worker++) {
      await boss.work<{ n: number }>('mail', { pollingIntervalSeconds: 0.5, batchSize: 5 }, async (jobs) => {
        for (const { data } of jobs) done.push(data.n)
      })
    }
    await Promise.all(Array.from({ length: 30 }, (_, n) => boss.send('mail', { n })))
    const completed = "select count(*)::int as n from pgboss.job where name = 'mail' and state = 'completed'"
    const count = async () => (await given.pool.query<{ n: number }>(completed)).rows[0]?.n
    await until(async () => (await count()) === 30)
    await stop(boss)
    expect(done.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n))
    return count()
  },

  'tries a job again that has failed': async (given) => {
    const boss = await start(given)
    let attempts = 0
    await boss.work('mail', { pollingIntervalSeconds: 0.5 }, async () => {
      if (++attempts === 1) throw new Error('the mail server is away')
    })
    const id = await boss.send('mail', {}, { retryLimit: 2, retryDelay: 0 })
    const job = () => boss.getJobById('mail', String(id))
    await until(async () => (await job())?.state === 'completed')
    const seen = await job()
    await stop(boss)
    return [attempts, seen?.state, seen?.retryCount]
  },

  'sends a job inside a transaction of the pool, which is rolled back with it': async (given) => {
    const boss = await start(given)
    const client = await given.pool.connect()
    await client.query('begin')
    const db = { executeSql: (text: string, values: unknown[]) => client.query(text, values) }
    await boss.send('mail', { n: 1 }, { db })
    await client.query('rollback')
    client.release()
    const size = await boss.getQueueSize('mail')
    await stop(boss)
    expect(size).toBe(0)
    return size
  },
})
