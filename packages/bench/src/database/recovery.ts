import { once } from 'node:events'
import type { OpenPool } from './open-pool.js'
import type { Outcome } from './trial.js'

const CONNECTIONS = 10
const CALLERS = 20

/** The server is stopped and started again under load. Counted from the moment when it takes connections again: ms to
 * the first answer, and until all callers have had one. */
export async function recovery(open: OpenPool): Promise<Outcome> {
  const { query } = await open({ connections: CONNECTIONS, patience: 10_000 })
  await Promise.all(Array.from({ length: CALLERS }, () => query('select 1')))
  let isOver = false
  let back = Number.POSITIVE_INFINITY
  let failed = 0
  const answered: number[] = []
  const caller = async () => {
    let isServed = false
    while (!isOver) {
      try {
        await query('select 1')
        const now = performance.now()
        if (now > back && !isServed) {
          isServed = true
          answered.push(now - back)
        }
      } catch {
        failed++
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const callers = Array.from({ length: CALLERS }, caller)
  await new Promise((resolve) => setTimeout(resolve, 500))
  process.send?.('interrupt')
  await once(process, 'message')
  back = performance.now()
  while (answered.length < CALLERS && performance.now() - back < 15_000) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  isOver = true
  await Promise.all(callers)
  return { first: Math.min(...answered), all: Math.max(...answered), failed }
}
