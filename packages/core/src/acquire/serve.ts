import { Event } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import type { PoolCore } from '../pool/pool-core.js'
import { isCheckDue } from './check-due.js'
import { grow } from './grow.js'
import { nextAdmitted } from './judge-heads.js'
import { lendToWaiters, offer, trim } from './offer.js'
import { pick, take } from './take.js'

/**
 * The one function that serves waiters, whatever has freed a connection or the room for one: idle connections go to
 * waiters, what is too many is closed, what is missing is opened. Calls from within it make it go round again.
 */
export function serve<R>(core: PoolCore<R>): void {
  if (!isSettled(core)) serveNow(core)
}

function serveNow<R>(core: PoolCore<R>): void {
  if (core.serving) {
    core.serveAgain = true
    return
  }
  core.serving = true
  try {
    do {
      core.serveAgain = false
      serveWaiters(core)
      trim(core)
      grow(core)
    } while (core.serveAgain)
  } finally {
    core.serving = false
  }
  if (core.size > 0 || core.queue.size > 0) return
  core.whenEmpty?.()
  core.whenUnused?.()
}

/** Nobody waits and nothing is kept ready, too many or closing: there is nothing to go round for. */
function isSettled<R>(core: PoolCore<R>): boolean {
  return (
    core.queue.size === 0 &&
    !core.keepsSpare &&
    core.idling <= core.idleMax &&
    core.size <= core.max &&
    core.whenEmpty === undefined &&
    core.whenUnused === undefined
  )
}

function serveWaiters<R>(core: PoolCore<R>): void {
  let now = -1
  while (core.granting && core.queue.size > 0) {
    if (core.checksOnAcquire && now < 0) now = core.now()
    const connection = pick(core, now)
    if (connection === undefined) return
    core.admitted = nextAdmitted(core, connection.id)
    if (core.admitted === undefined) return
    const isDue = isCheckDue(core, connection, now)
    // One check for each who waits.
    if ((isDue || core.judgesLending) && core.checking - core.backgroundChecks >= core.queue.size) return
    if (isDue) {
      connection.checkedInBackground = false
      send(core, connection, Event.check)
    } else if (take(core, connection)) {
      if (connection.leases > 0) lendToWaiters(core, connection)
      else offer(core, connection)
    }
    core.admitted = undefined
  }
}
