import { lose } from '../adapter/watch-connection.js'
import type { Connection } from '../connection/connection.js'
import type { PoolCore } from '../pool/pool-core.js'

/** The adapter's socket check. An unusable connection is lost. */
export function isUsable<R>(core: PoolCore<R>, connection: Connection<R>): boolean {
  const { state } = connection
  let usable = false
  let error: unknown
  try {
    usable = core.adapter.isUsable?.(connection.resource as R) ?? true
  } catch (thrown) {
    error = thrown
    core.moments.trouble('is-usable', thrown)
  }
  if (!usable) lose(core, connection, error)
  return usable && connection.state === state
}
