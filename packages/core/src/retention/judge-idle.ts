import { type Connection, ConnectionTimers } from '../connection/connection.js'
import { State } from '../connection/connection-table.js'
import { obey } from '../connection/obey.js'
import type { AttachedPolicies, IdleLooks } from '../pool/attached-policies.js'
import type { PoolCore } from '../pool/pool-core.js'
import { ConnectionTimer } from './connection-timer.js'

/** Action: it has come to rest; the policies say what becomes of it, and when they want to look again. */
export function judgeIdle<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.state !== State['idle.ready'] || core.policies === undefined) return
  judge(core, core.policies, connection, undefined)
}

/** Fewer are kept than before: what rests is judged anew. */
export function judgeAllIdle<R>(core: PoolCore<R>): void {
  if (!core.policies?.judgesIdle) return
  for (const connection of [...core.connections]) judgeIdle(core, connection)
}

function judge<R>(
  core: PoolCore<R>,
  policies: AttachedPolicies<R>,
  connection: Connection<R>,
  before: IdleLooks | undefined,
): void {
  const { verdict, looks } = policies.idle(connection, before)
  if (connection.state !== State['idle.ready']) return
  obey(core, connection, verdict)
  const next = Math.min(...looks)
  if (next === Number.POSITIVE_INFINITY || connection.state !== State['idle.ready']) return
  const lookAgain = () => {
    // Lent meanwhile, it was judged anew when it came to rest.
    if (connection.state === State['idle.ready'] && timer.uses === connection.uses)
      judge(core, policies, connection, looks)
  }
  connection.timers ??= new ConnectionTimers()
  const { timers } = connection
  if (timers.policy !== undefined) core.wheel.disarm(timers.policy)
  const timer = new ConnectionTimer(core, connection, lookAgain)
  timers.policy = timer
  timer.arm(next, 0)
}
