import type { PoolOptions } from '@millpond/core'
import { virtualClock } from '@millpond/testing'
import { Database, type DatabaseOptions } from './database.js'
import { streamsOf } from './random.js'
import { type Outcome, Service } from './service.js'
import type { Session } from './session.js'

/** A fleet, and what happens to its database. Durations are ms. */
export interface Fleet {
  readonly processes: number
  readonly pool: PoolOptions<Session>
  /** Requests a second, of all processes together, and how long each takes on average. */
  readonly rate: number
  readonly work: number
  readonly database: DatabaseOptions
  readonly restart: { readonly at: number; readonly downFor: number }
  readonly duration: number
  readonly seed: number
}

export interface FleetReport {
  readonly outcomes: readonly Outcome[]
  /** When somebody tried to log in. */
  readonly attempts: readonly number[]
  readonly mostSessions: number
}

/** Timers that fire in one turn of the event loop: nothing here waits for anything but the clock. */
const timersPerTurn = 64
/** How long the last requests may take. */
const rest = 60_000

/** Runs it in virtual time: the same fleet, the same report. */
export async function runFleet(fleet: Fleet): Promise<FleetReport> {
  const { processes, rate, work, pool, restart, duration } = fleet
  const clock = virtualClock(0, { timersPerTurn })
  const random = streamsOf(fleet.seed)
  const database = new Database(clock, fleet.database)
  const outcomes: Outcome[] = []
  const tell = (outcome: Outcome) => void outcomes.push(outcome)
  const every = (processes / rate) * 1_000
  const services = Array.from({ length: processes }, (_, process) => {
    return new Service({ process, clock, database, pool, every, work, until: duration, random: random(), tell })
  })
  clock.setTimeout(() => database.restart(restart.downFor), restart.at)
  await clock.advance(duration + rest)
  const closed = Promise.all(services.map((service) => service.close()))
  await clock.advance(rest)
  await closed
  return { outcomes, attempts: database.attempts, mostSessions: database.mostSessions }
}
