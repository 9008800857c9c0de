import type { Connection } from '../connection/connection.js'
import { State } from '../connection/connection-table.js'
import type { PoolCore } from '../pool/pool-core.js'

const LEASED = State['connected.leased']

/** A check that passed this recently, in ms, is as good as one that passes now, however short `health.after` is. */
const JUST_CHECKED = 10

/** An idle connection must be checked before it is lent. */
export function isCheckDue<R>(core: PoolCore<R>, connection: Connection<R>, now: number): boolean {
  if (!core.checksOnAcquire || connection.state === LEASED) return false
  if (connection.checkWanted) return true
  const { onAcquire, after } = core.options.health
  return onAcquire && now - connection.since > after && !isJustChecked(core, connection, now)
}

/** A check that passed does not become due again before the connection has been lent. */
export function isJustChecked<R>(core: PoolCore<R>, connection: Connection<R>, now: number): boolean {
  return now - connection.verifiedAt <= Math.max(core.options.health.after, JUST_CHECKED)
}
