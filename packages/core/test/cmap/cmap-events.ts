import type { CloseReason } from '../../src/adapter/adapter.js'
import type { Pool } from '../../src/pool/pool.js'
import type { AcquireFailure, PoolEvents } from '../../src/pool/pool-events.js'
import type { ConnectionPoolOptions } from './cmap-options.js'

export type ClosedReason = 'stale' | 'idle' | 'error' | 'poolClosed'
export type CheckOutFailedReason = 'poolClosed' | 'timeout' | 'connectionError'

/** CMAP's events. `address` is the pool's name: core does not know endpoints. */
export type CmapEvent = Said & { readonly address: string }

type Said =
  | { readonly type: 'ConnectionPoolCreated'; readonly options: ConnectionPoolOptions }
  | { readonly type: 'ConnectionPoolReady' | 'ConnectionPoolClosed' | 'ConnectionCheckOutStarted' }
  | { readonly type: 'ConnectionPoolCleared'; readonly interruptInUseConnections: boolean }
  | { readonly type: 'ConnectionCreated' | 'ConnectionCheckedIn'; readonly connectionId: number }
  | { readonly type: 'ConnectionReady' | 'ConnectionCheckedOut'; readonly connectionId: number; duration: number }
  | { readonly type: 'ConnectionClosed'; readonly connectionId: number; readonly reason: ClosedReason }
  | { readonly type: 'ConnectionCheckOutFailed'; readonly reason: CheckOutFailedReason; readonly duration: number }

type Translation<N extends keyof PoolEvents> = (event: Parameters<PoolEvents[N]>[0]) => Said

/** Why a connection ended. CMAP has four words; what only other pools decide goes to the nearest. */
export const closedReasons: Readonly<Record<CloseReason, ClosedReason>> = {
  stale: 'stale',
  idle: 'idle',
  lost: 'error',
  unhealthy: 'error',
  destroyed: 'error',
  'reset-failed': 'error',
  'connect-failed': 'error',
  abandoned: 'error',
  'pool-closed': 'poolClosed',
  revoked: 'poolClosed',
  // Sound, but no longer wanted.
  surplus: 'idle',
  age: 'stale',
  uses: 'stale',
  retired: 'stale',
  detached: 'stale',
}

/** Why a check out failed. */
export const checkOutFailedReasons: Readonly<Record<AcquireFailure, CheckOutFailedReason>> = {
  closed: 'poolClosed',
  timeout: 'timeout',
  'connect-failed': 'connectionError',
  paused: 'connectionError',
  'circuit-open': 'connectionError',
  // Given up before the time was over: by the caller, or because it would not have sufficed.
  aborted: 'timeout',
  'queue-full': 'timeout',
  overloaded: 'timeout',
  nested: 'timeout',
  invalid: 'connectionError',
}

/** What each event of a pool is in CMAP; `undefined` where CMAP has no such event. */
export const translations: { readonly [N in keyof PoolEvents]: Translation<N> | undefined } = {
  resume: () => ({ type: 'ConnectionPoolReady' }),
  flush: ({ leased }) => ({ type: 'ConnectionPoolCleared', interruptInUseConnections: leased === 'now' }),
  close: () => ({ type: 'ConnectionPoolClosed' }),
  connecting: ({ connection: { id } }) => ({ type: 'ConnectionCreated', connectionId: id }),
  connect: ({ connection: { id }, took }) => ({ type: 'ConnectionReady', connectionId: id, duration: took }),
  disconnect: ({ connection: { id }, reason }) => ({
    type: 'ConnectionClosed',
    connectionId: id,
    reason: closedReasons[reason],
  }),
  acquiring: () => ({ type: 'ConnectionCheckOutStarted' }),
  acquire: ({ connection: { id }, waited }) => ({ type: 'ConnectionCheckedOut', connectionId: id, duration: waited }),
  acquireError: ({ reason, waited }) => ({
    type: 'ConnectionCheckOutFailed',
    reason: checkOutFailedReasons[reason],
    duration: waited,
  }),
  release: ({ connection: { id } }) => ({ type: 'ConnectionCheckedIn', connectionId: id }),
  // Half of a clear: the flush that follows is told.
  pause: undefined,
  // A ConnectionClosed with 'error' follows.
  connectError: undefined,
  transition: undefined,
  retire: undefined,
  quiet: undefined,
  slow: undefined,
  leak: undefined,
  stall: undefined,
  misuse: undefined,
  error: undefined,
}

/** Tells a pool's life in CMAP's words, from its creation on. */
export function tellInCmap<R>(pool: Pool<R>, options: ConnectionPoolOptions, tell: (event: CmapEvent) => void): void {
  const address = pool.name
  let wasReady = pool.stats().state === 'running'
  tell({ type: 'ConnectionPoolCreated', address, options })
  for (const name of Object.keys(translations) as (keyof PoolEvents)[]) {
    const translate = translations[name] as ((event: unknown) => Said) | undefined
    if (translate === undefined) continue
    const listener = (event: unknown) => {
      // Clearing a pool that was not ready is no news in CMAP.
      if (name !== 'flush' || wasReady) tell({ ...translate(event), address })
      if (name === 'flush' || name === 'resume') wasReady = pool.stats().state === 'running'
    }
    pool.on(name, listener as never)
  }
}
