import { State } from '../connection/connection-table.js'
import { destroy, retire } from '../connection/retire.js'
import type { PoolCore } from './pool-core.js'
import { oneOf, readGroup } from './read-options.js'

export interface FlushOptions {
  /** 'on-release' (default) lets borrowers finish; 'now' takes their connections away. (CMAP `interruptInUseConnections`) */
  readonly leased?: 'on-release' | 'now'
}

/** Begins a new generation: everything open, or opening, is lent to nobody any more. All are marked before the first
 * listener hears of it. */
export function flushPool<R>(core: PoolCore<R>, options: FlushOptions | undefined): void {
  const { leased } = readGroup('flush', options, { leased: oneOf('on-release', 'now') })
  if (core.state === 'closing' || core.state === 'closed') return
  core.generation++
  const stale = [...core.connections]
  for (const connection of stale) connection.closeReason ??= 'stale'
  if (core.moments.flush.wanted) core.moments.flush.tell(core, { generation: core.generation, leased })
  for (const connection of stale) {
    if (leased === 'now' && connection.leases > 0) destroy(core, connection, 'stale')
    else if (connection.state !== State.closed) retire(core, connection, 'stale')
  }
}
