import promise, { type Pool as TheirPool } from 'mysql2/promise'
import { createPool } from '../../../src/mysql2.js'
import { MariadbServer } from '../mariadb-server.js'

// `select 1` per second through mysql2's pool and ours: interleaved rounds in random order, medians and their ratio.
//   node --import tsx test/mysql2/measure/throughput.ts [rounds] [ms of one round]
const [rounds = 11, duration = 400] = process.argv.slice(2).map(Number)
const callers = [1, 10, 100, 1_000]
const statement = 'select 1'

const server = await MariadbServer.start()
const options = { ...server.config, connectionLimit: 10 }
const pools: Record<string, TheirPool> = { mysql2: promise.createPool(options), millpond: createPool(options) }

async function askFor(pool: TheirPool, until: number): Promise<number> {
  let asked = 0
  while (performance.now() < until) {
    await pool.query(statement)
    asked++
  }
  return asked
}

async function perSecond(pool: TheirPool, concurrent: number): Promise<number> {
  const began = performance.now()
  const until = began + duration
  const counts = await Promise.all(Array.from({ length: concurrent }, () => askFor(pool, until)))
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - began) / 1_000)
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const shuffled = <T>(list: T[]) => list.map((item) => [Math.random(), item] as const).sort(([a], [b]) => a - b)

console.log('callers   mysql2/s  millpond/s  median ratio of a round')
for (const concurrent of callers) {
  const rates: Record<string, number[]> = { mysql2: [], millpond: [] }
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    const now: Record<string, number> = {}
    for (const [, [name, pool]] of shuffled(Object.entries(pools))) {
      // One to warm up.
      if (round === 0) await perSecond(pool, concurrent)
      now[name] = await perSecond(pool, concurrent)
      rates[name]?.push(now[name])
    }
    ratios.push((now.millpond ?? 0) / (now.mysql2 ?? 1))
  }
  const [theirs, ours] = [median(rates.mysql2 ?? []), median(rates.millpond ?? [])]
  const cells = [String(concurrent).padStart(7), theirs.toFixed(0).padStart(10), ours.toFixed(0).padStart(11)]
  console.log(...cells, median(ratios).toFixed(3).padStart(11))
}
for (const pool of Object.values(pools)) await pool.end()
await server.stop()
