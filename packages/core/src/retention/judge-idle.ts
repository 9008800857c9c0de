import type { Connection } from '../connection/connection.js'
import { State } from '../connection/connection-table.js'
import { obey } from '../connection/obey.js'
import type { PoolCore } from '../pool/pool-core.js'
import { ConnectionTimer } from './connection-timer.js'

/** Action: it has come to rest; the policies say what becomes of it, and when they want to look again. */
export function judgeIdle<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.state !== State['idle.ready'] || core.policies === undefined) return
  const { verdict, lookAgain } = core.policies.idle(connection)
  if (connection.state !== State['idle.ready']) return
  obey(core, connection, verdict)
  if (lookAgain === Number.POSITIVE_INFINITY || connection.state !== State['idle.ready']) return
  connection.policyTimer ??= new ConnectionTimer(core, connection, lookAgainAtIdle)
  const timer = connection.policyTimer as ConnectionTimer<R>
  timer.arm(core.now(), Math.max(0, lookAgain - core.now()))
}

function lookAgainAtIdle<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const timer = connection.policyTimer as ConnectionTimer<R>
  // Lent meanwhile, it was judged anew when it came to rest.
  if (timer.uses === connection.uses) judgeIdle(core, connection)
}
