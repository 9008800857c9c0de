import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import type { PoolCore } from '../pool/pool-core.js'
import { isCheckDue } from './check-due.js'
import { grow } from './grow.js'
import { nextAdmitted } from './judge-heads.js'
import { lendToWaiters, offer, trim } from './offer.js'
import { pick, take } from './take.js'

const READY = State['idle.ready']
const LEASED = State['connected.leased']

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
  if (core.size > 0 || core.queue.size > 0 || core.untold > 0) return
  core.whenEmpty?.()
  core.whenUnused?.()
}

/** Nobody waits and nothing is kept ready, too many or closing: there is nothing to go round for. */
function isSettled<R>(core: PoolCore<R>): boolean {
  return (
    core.queue.size === 0 &&
    !core.keepsSpare &&
    core.idling <= core.terms.idleMax &&
    core.size <= core.max &&
    core.whenEmpty === undefined &&
    core.whenUnused === undefined
  )
}

function serveWaiters<R>(core: PoolCore<R>): void {
  while (core.granting && core.queue.size > 0) {
    const now = core.checksOnAcquire ? core.now() : core.lastNow
    const connection = pick(core, now)
    if (connection === undefined) return
    core.admitted = nextAdmitted(core, connection.id)
    const goesOn = core.admitted !== undefined && serveWith(core, connection, now)
    // Who was admitted now is asked about again when it is not served now.
    core.admitted = undefined
    if (!goesOn) return
  }
}

/** Lends the connection, or begins the check that it needs before. False when there is nothing more to do for now. */
function serveWith<R>(core: PoolCore<R>, connection: Connection<R>, now: number): boolean {
  // The policies that were asked may have ended it, or had it lent.
  if (connection.state !== READY && connection.state !== LEASED) return true
  const isDue = isCheckDue(core, connection, now)
  // One check for each who waits.
  if ((isDue || core.judgesLending) && core.checking - core.backgroundChecks >= core.queue.size) return false
  if (isDue) {
    connection.checkedInBackground = false
    send(core, connection, Event.check)
  } else if (take(core, connection)) {
    if (connection.leases > 0) lendToWaiters(core, connection)
    else offer(core, connection)
  }
  return true
}
