import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { retire } from '../connection/retire.js'
import type { PoolCore } from '../pool/pool-core.js'
import { isUsable } from './is-usable.js'
import { offer } from './offer.js'

const LEASED = State['connected.leased']

/** Takes an idle connection that may be lent right now, into `connected.leased`; undefined when none is. */
export function takeReady<R>(core: PoolCore<R>, now: number): Connection<R> | undefined {
  for (;;) {
    const connection = core.lifo ? core.idle.newestReady() : pick(core, now)
    if (connection === undefined || (core.checksOnAcquire && isCheckDue(core, connection, now))) return undefined
    if (take(core, connection)) return connection
    if (!core.granting) return undefined
  }
}

/** The idle connection that is next in the order of reuse; where that one must be checked first and another need not,
 * the other: nobody waits for a check while a connection is ready. */
export function pick<R>(core: PoolCore<R>, now: number): Connection<R> | undefined {
  const { idle, options } = core
  if (core.lifo) return idle.newestReady()
  const chosen = options.idle.reuse === 'fifo' ? idle.oldestReady() : idle.anyReady(options.random)
  if (chosen === undefined || !isCheckDue(core, chosen, now)) return chosen
  const newest = idle.newestReady() as Connection<R>
  return isCheckDue(core, newest, now) ? chosen : newest
}

export function isCheckDue<R>(core: PoolCore<R>, connection: Connection<R>, now: number): boolean {
  return core.checksOnAcquire && now - Math.max(connection.verifiedAt, connection.idleSince) > core.options.health.after
}

/** Reserves an idle connection for a borrower. False when it turned out not to be there any more. */
export function take<R>(core: PoolCore<R>, connection: Connection<R>): boolean {
  if (connection.closeReason !== undefined) {
    retire(core, connection, connection.closeReason)
    return false
  }
  if (core.asksUsable && !isUsable(core, connection)) return false
  send(core, connection, Event.lease)
  // A listener or the adapter may have paused the pool, or ended the connection, on the way.
  if (connection.state === LEASED && core.granting) return true
  offer(core, connection)
  return false
}
