import { calm } from '../acquire/dequeue.js'
import type { PoolCore } from '../pool/pool-core.js'
import { type Connection, UNSTAMPED } from './connection.js'
import { armIdleTimeout } from './idle-alarm.js'

/**
 * Action: nobody has it. Reading the clock costs more than half of what handing over a connection costs, so parking
 * does not: connections parked since get their time together, half a percent of `idle.timeout` late at most, or 5 ms.
 */
export function park<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const { idle } = core
  if (core.stampsOnRelease || connection.inIdleList) {
    parkStamped(core, connection)
    return
  }
  idle.append(connection)
  connection.since = UNSTAMPED
  if (idle.unstamped === undefined) startUnstamped(core, connection)
}

function parkStamped<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.inIdleList) {
    endBackgroundCheck(core, connection)
  } else {
    core.idle.append(connection)
    connection.since = core.now()
  }
  calm(core)
  armIdleTimeout(core)
}

function startUnstamped<R>(core: PoolCore<R>, connection: Connection<R>): void {
  core.idle.unstamped = connection
  const { stamping } = core.alarms
  if (!stamping.armed) core.wheel.arm(stamping, core.lastNow + core.terms.stampInterval)
}

/** Action: it is about to be checked. A check in the background leaves it in its place among the idle. */
export function reserve<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.checkedInBackground) core.backgroundChecks++
  else core.idle.remove(connection)
}

/** Action: it is idle no longer. */
export function unpark<R>(core: PoolCore<R>, connection: Connection<R>): void {
  endBackgroundCheck(core, connection)
  if (connection.inIdleList) core.idle.remove(connection)
}

function endBackgroundCheck<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (!connection.checkedInBackground) return
  connection.checkedInBackground = false
  core.backgroundChecks--
}

/** Gives those parked since the last time their `since`. */
export function stampParked<R>(core: PoolCore<R>): void {
  const now = core.now()
  for (let connection = core.idle.unstamped; connection !== undefined; connection = connection.nextIdle) {
    connection.since = now
  }
  core.idle.unstamped = undefined
  calm(core)
  armIdleTimeout(core)
}
