import { type Connection, ConnectionTimers, UNSTAMPED } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import type { PoolCore } from '../pool/pool-core.js'
import { ConnectionTimer } from './connection-timer.js'

/** Share of `health.every` after which one that found all checkers busy tries again. */
const POSTPONED = 0.1

/** Starts the background checks of a connection, at a random moment of the interval: those opened together are not
 * checked together. */
export function scheduleChecks<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const { every } = core.options.health
  if (every === Number.POSITIVE_INFINITY) return
  const timer = new ConnectionTimer(core, connection, checkInBackground)
  connection.timers ??= new ConnectionTimers()
  connection.timers.health = timer
  timer.arm(connection.openedAt, every * (1 - core.options.random() / 2))
}

function checkInBackground<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const { every, concurrency } = core.options.health
  const timer = connection.timers?.health as ConnectionTimer<R>
  const now = core.now()
  if (connection.state !== State['idle.ready']) {
    // Its lease counts as a use when it comes back.
    timer.arm(now, every)
    timer.uses = -1
  } else if (connection.uses !== timer.uses || connection.verifiedAt > timer.since) {
    // Used or checked meanwhile: as good as a check at that moment.
    timer.arm(connection.since === UNSTAMPED ? now : Math.max(connection.verifiedAt, connection.since), every)
  } else if (core.backgroundChecks >= concurrency) {
    core.wheel.arm(timer, now + every * POSTPONED)
  } else {
    timer.arm(now, every)
    connection.checkedInBackground = true
    send(core, connection, Event.check)
  }
}
