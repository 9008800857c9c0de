import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { retire } from '../connection/retire.js'
import type { PoolCore } from '../pool/pool-core.js'
import { isCheckDue } from './check-due.js'
import { isLendable } from './is-lendable.js'
import { offer } from './offer.js'

const LEASED = State['connected.leased']

/** Takes a connection that may be lent right now, into `connected.leased`; undefined when none is. */
export function takeReady<R>(core: PoolCore<R>, now: number): Connection<R> | undefined {
  for (;;) {
    const connection = core.terms.takesNewest ? core.idle.newestReady() : pick(core, now)
    if (connection === undefined || (core.checksOnAcquire && isCheckDue(core, connection, now))) return undefined
    if (take(core, connection)) return connection
    // One check is enough for one who asks.
    if (!core.granting || (core.examines && core.checking > core.backgroundChecks)) return undefined
  }
}

/** The connection that is next in the order of reuse; where that one must be checked first and another need not, the
 * other: nobody waits for a check while a connection is ready. */
export function pick<R>(core: PoolCore<R>, now: number): Connection<R> | undefined {
  if (core.spares === undefined) return pickIdle(core, now)
  const { placement } = core.options.capacity
  const idle = pickIdle(core, now)
  const isReady = idle !== undefined && !isCheckDue(core, idle, now)
  if (placement === 'spread' && isReady) return idle
  return core.spares.pick(placement) ?? idle
}

function pickIdle<R>(core: PoolCore<R>, now: number): Connection<R> | undefined {
  const { idle, options } = core
  if (options.idle.reuse === 'lifo') return idle.newestReady()
  const chosen = options.idle.reuse === 'fifo' ? idle.oldestLendable() : idle.anyReady(options.random)
  if (chosen === undefined || !isCheckDue(core, chosen, now)) return chosen
  const newest = idle.newestReady() as Connection<R>
  return isCheckDue(core, newest, now) ? chosen : newest
}

/** Reserves a connection for a borrower. False when it turned out not to be there any more. Kept short, so that V8
 * inlines it. */
export function take<R>(core: PoolCore<R>, connection: Connection<R>): boolean {
  if (connection.closeReason !== undefined || core.examines || core.spares !== undefined) {
    return takeExamined(core, connection)
  }
  send(core, connection, Event.lease)
  // A listener or the adapter may have paused the pool or ended the connection, on the way.
  return (connection.state === LEASED && core.granting) || handBack(core, connection)
}

function takeExamined<R>(core: PoolCore<R>, connection: Connection<R>): boolean {
  if (connection.closeReason !== undefined) {
    retire(core, connection, connection.closeReason)
    return false
  }
  if (core.examines && !isLendable(core, connection, false)) return false
  if (connection.state === LEASED) return core.granting && core.spares?.hasRoom(connection) === true
  send(core, connection, Event.lease)
  const isTaken = connection.state === LEASED && core.granting
  // Its capacity may have been lowered on the way.
  if (isTaken && (core.spares === undefined || core.spares.hasRoom(connection))) return true
  return handBack(core, connection)
}

function handBack<R>(core: PoolCore<R>, connection: Connection<R>): false {
  if (connection.leases === 0) offer(core, connection)
  return false
}
