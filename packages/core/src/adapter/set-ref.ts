import type { Connection } from '../connection/connection.js'
import { State } from '../connection/connection-table.js'
import type { PoolCore } from '../pool/pool-core.js'

/** Actions: a parked resource does not hold the process; one that is lent or checked may. */
export function setRef<R>(core: PoolCore<R>, connection: Connection<R>, keepAlive: boolean): void {
  const { adapter } = core
  if (adapter.setRef === undefined || keepAlive === (connection.state === State['idle.ready'])) return
  try {
    adapter.setRef(connection.resource as R, keepAlive)
  } catch (error) {
    core.moments.trouble(core, 'set-ref', error)
  }
}
