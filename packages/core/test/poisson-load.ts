import { createPool, isPoolError, type Pool, type PoolOptions } from '../src/index.js'
import { LoadClock } from './load-clock.js'
import { exponential, seededRandom } from './seeded-random.js'

/** Requests that come at random moments, each for a time of its own; whoever asks has a limited patience. */
export interface PoissonLoad {
  readonly seed: number
  /** ms of virtual time during which requests come. */
  readonly duration: number
  readonly connections: number
  /** Mean ms that a request holds its connection. */
  readonly service: number
  /** Requests that come, as a multiple of what the connections can serve. */
  readonly overload: number
  /** ms after which whoever asked has left, served or not. */
  readonly patience: number
  /** Whether one that leaves while waiting says so. Work that has begun goes on for nobody in any case. */
  readonly withdraws?: boolean
}

export interface LoadReport {
  readonly asked: number
  /** Completed within patience. */
  readonly completed: number
  /** Completed for nobody. */
  readonly wasted: number
  /** Told by the pool that it is overloaded. */
  readonly refused: number
  /** What the connections could complete in the duration. */
  readonly capacity: number
  /** ms waited by those that completed within patience. */
  readonly longestWait: number
}

/** Runs the load against a pool in virtual time. */
export async function runPoissonLoad(load: PoissonLoad, options: PoolOptions): Promise<LoadReport> {
  const clock = new LoadClock()
  const random = seededRandom(load.seed)
  const pool = createPool<object>(
    { name: 'simulated', open: () => ({}), close: () => {} },
    { ...options, size: { max: load.connections }, clock, random: seededRandom(load.seed + 1) },
  )
  const report = { asked: 0, completed: 0, wasted: 0, refused: 0, longestWait: 0 }
  const between = load.service / load.connections / load.overload
  const come = () => {
    if (clock.now() >= load.duration) return
    clock.setTimeout(come, exponential(random, between))
    report.asked++
    request(pool, clock, load, exponential(random, load.service), report)
  }
  clock.setTimeout(come, exponential(random, between))
  await clock.advance(load.duration)
  await pool.destroy()
  return { ...report, capacity: (load.duration / load.service) * load.connections }
}

function request(
  pool: Pool<object>,
  clock: LoadClock,
  load: PoissonLoad,
  service: number,
  report: { completed: number; wasted: number; refused: number; longestWait: number },
): void {
  const since = clock.now()
  pool.acquire(load.withdraws ? { timeout: load.patience } : {}).then(
    (lease) => {
      const waited = clock.now() - since
      clock.setTimeout(() => {
        lease.release()
        if (clock.now() >= load.duration) return
        if (clock.now() - since > load.patience) report.wasted++
        else {
          report.completed++
          report.longestWait = Math.max(report.longestWait, waited)
        }
      }, service)
    },
    (error) => {
      if (isPoolError(error, 'ERR_POOL_OVERLOADED')) report.refused++
    },
  )
}
