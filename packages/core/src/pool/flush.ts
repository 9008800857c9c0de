import { State } from '../connection/connection-table.js'
import { destroy, retire } from '../connection/retire.js'
import type { PoolCore } from './pool-core.js'
import { oneOf, readGroup } from './read-options.js'

export interface FlushOptions {
  /** 'on-release' (default) lets borrowers finish; 'now' takes their connections away. (CMAP `interruptInUseConnections`) */
  readonly leased?: 'on-release' | 'now'
}

/** Begins a new generation: everything open, or opening, is lent to nobody any more. */
export function flushPool<R>(core: PoolCore<R>, options: FlushOptions | undefined): void {
  flushPools([core], options)
}

/** The same of several pools at once. All connections are marked before the first listener hears of it. */
export function flushPools<R>(cores: readonly PoolCore<R>[], options: FlushOptions | undefined): void {
  const { leased } = readGroup('flush', options, { leased: oneOf('on-release', 'now') })
  const flushed = cores.filter(({ state }) => state !== 'closing' && state !== 'closed')
  const stale = flushed.map((core) => [...core.connections])
  for (const core of flushed) core.generation++
  for (const connection of stale.flat()) connection.closeReason ??= 'stale'
  for (const core of flushed) {
    if (core.moments.flush.wanted) core.moments.flush.tell(core, { generation: core.generation, leased })
  }
  for (const [i, core] of flushed.entries()) {
    for (const connection of stale[i] ?? []) {
      if (leased === 'now' && connection.leases > 0) destroy(core, connection, 'stale')
      else if (connection.state !== State.closed) retire(core, connection, 'stale')
    }
  }
}
