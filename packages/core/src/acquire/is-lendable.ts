import { lose } from '../adapter/watch-connection.js'
import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { obey } from '../connection/obey.js'
import type { PoolCore } from '../pool/pool-core.js'
import { isJustChecked } from './check-due.js'

/** The last look at a connection before it is lent again: the adapter's socket check, then the policies. One that fails
 * is lost or retired; one that a policy wants checked is checked now, if it is idle. What has just been opened (`isNew`)
 * the adapter is not asked about. */
export function isLendable<R>(core: PoolCore<R>, connection: Connection<R>, isNew: boolean): boolean {
  if (core.terms.asksUsable && !isNew && !isUsable(core, connection)) return false
  return !core.judgesLending || isApproved(core, connection)
}

function isUsable<R>(core: PoolCore<R>, connection: Connection<R>): boolean {
  const { state } = connection
  let usable = false
  let error: unknown
  try {
    usable = core.adapter.isUsable?.(connection.resource as R) ?? true
  } catch (thrown) {
    error = thrown
    core.moments.trouble(core, 'is-usable', thrown)
  }
  if (!usable) lose(core, connection, error)
  return usable && connection.state === state
}

function isApproved<R>(core: PoolCore<R>, connection: Connection<R>): boolean {
  const { state } = connection
  const verdict = core.policies?.lending(connection) ?? 'keep'
  if (connection.state !== state) return false
  if (verdict === 'check' && (!core.terms.canCheck || isJustChecked(core, connection, core.now()))) return true
  obey(core, connection, verdict)
  if (connection.checkWanted && connection.state === State['idle.ready']) {
    connection.checkedInBackground = false
    send(core, connection, Event.check)
  }
  return verdict === 'keep' && connection.state === state
}
