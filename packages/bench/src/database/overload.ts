import type { OpenPool } from './open-pool.js'
import type { Outcome, Pace } from './trial.js'

const CONNECTIONS = 10
/** ms of work that each query is for the server; capacity is 10 connections / 10 ms = 1,000 a second. */
const QUERY = 'select pg_sleep(0.01)'
const ARRIVALS = 2_000
const PATIENCE = 1_000

/** ms until the queue is as long as it gets, and that are counted. */
const paces = { full: { warmUp: 3_000, measured: 5_000 }, quick: { warmUp: 1_500, measured: 1_500 } }

/** Twice as many callers come as can be served, at an even pace and whatever becomes of those before them; each is
 * gone after a second. Answers within that second are what counts. */
export async function overload(open: OpenPool, pace: Pace = 'full'): Promise<Outcome> {
  const { warmUp, measured } = paces[pace]
  const { query } = await open({ connections: CONNECTIONS, patience: PATIENCE })
  await Promise.all(Array.from({ length: CONNECTIONS }, () => query(QUERY)))
  const outcome = { good: 0, late: 0, refused: 0 }
  const began = performance.now()
  let arrived = 0
  const arrive = (now: number) => {
    const isCounted = now - began >= warmUp
    query(QUERY).then(
      () => {
        if (isCounted) outcome[performance.now() - now <= PATIENCE ? 'good' : 'late']++
      },
      () => {
        if (isCounted) outcome.refused++
      },
    )
  }
  await new Promise<void>((resolve) => {
    const pace = setInterval(() => {
      const now = performance.now()
      const due = ((now - began) / 1_000) * ARRIVALS
      for (; arrived < due; arrived++) arrive(now)
      if (now - began < warmUp + measured) return
      clearInterval(pace)
      resolve()
    }, 5)
  })
  // The last of them have a second.
  await new Promise((resolve) => setTimeout(resolve, PATIENCE + 100))
  return { goodput: (outcome.good / measured) * 1_000, late: outcome.late, refused: outcome.refused }
}
