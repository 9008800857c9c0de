import type { Connection } from '../connection/connection.js'
import type { PoolCore } from '../pool/pool-core.js'

/** Actions: an idle resource does not hold the process, a leased one may. */
export function setRef<R>(core: PoolCore<R>, connection: Connection<R>, keepAlive: boolean): void {
  const { adapter } = core
  if (adapter.setRef === undefined) return
  try {
    adapter.setRef(connection.resource as R, keepAlive)
  } catch (error) {
    core.moments.trouble('set-ref', error)
  }
}
