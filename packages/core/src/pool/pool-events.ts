import type { CloseReason } from '../adapter/adapter.js'
import type { ConnectionInfo } from '../connection/connection-info.js'
import type { EventName, StateName } from '../connection/connection-table.js'
import type { PoolError } from '../errors/pool-error.js'

/** Why an acquire failed. */
export type AcquireFailure =
  | 'timeout'
  | 'aborted'
  | 'queue-full'
  | 'overloaded'
  | 'connect-failed'
  | 'circuit-open'
  | 'closed'
  | 'paused'
  | 'nested'
  | 'invalid'

/** What an `error` event came from: none of these had anybody to throw to. */
export type TroubleSource =
  | 'listener'
  | 'close'
  | 'destroy'
  | 'late-open'
  | 'watch'
  | 'unwatch'
  | 'is-usable'
  | 'set-ref'
  | 'is-fatal'
  | 'inspect'
  | 'policy'
  | 'capacity'
  | 'statechart'

/** A pool's events, with their payloads: `pool` is its name, `key` which of a keyed pool's. Durations and ages are ms. Without a listener they cost nothing. The same
 * payloads are published on `node:diagnostics_channel` as `millpond:<event>`. */
export interface PoolEvents<R = unknown> {
  /** An open begins. */
  connecting: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly attempt: number
  }) => void
  /** An open succeeded. */
  connect: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly resource: R
    readonly took: number
  }) => void
  /** An open failed or took longer than `connect.timeout`. */
  connectError: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly error: unknown
    readonly attempt: number
    readonly took: number
  }) => void
  /** A connection took a step in its statechart. */
  transition: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly from: StateName
    readonly to: StateName
    readonly event: EventName
  }) => void
  /** It was decided to end a connection, once it is free. */
  retire: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly reason: CloseReason
    readonly detail?: string
  }) => void
  /** A connection is closed. */
  disconnect: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly reason: CloseReason
    readonly age: number
    readonly uses: number
    readonly error?: unknown
  }) => void
  /** An acquire begins. */
  acquiring: (event: { readonly pool: string; readonly key?: string }) => void
  /** An acquire was granted. */
  acquire: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly waited: number
    readonly reused: boolean
  }) => void
  /** An acquire failed. */
  acquireError: (event: {
    readonly pool: string
    readonly key?: string
    readonly reason: AcquireFailure
    readonly waited: number
    readonly error: PoolError
  }) => void
  /** A lease ended. */
  release: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly held: number
  }) => void
  pause: (event: { readonly pool: string; readonly key?: string; readonly waiters: 'hold' | 'reject' }) => void
  resume: (event: { readonly pool: string; readonly key?: string }) => void
  flush: (event: {
    readonly pool: string
    readonly key?: string
    readonly generation: number
    readonly leased: 'on-release' | 'now'
  }) => void
  /** Nothing is leased any more and nobody waits. */
  quiet: (event: { readonly pool: string; readonly key?: string }) => void
  /** The pool has closed: nothing of it is left. */
  close: (event: { readonly pool: string; readonly key?: string }) => void
  /** A granted acquire had waited longer than `acquire.slow`. */
  slow: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly waited: number
  }) => void
  /** A lease has lasted longer than `lease.warnAfter`, or was revoked after `lease.maxDuration`. */
  leak: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly held: number
    /** Where the acquire was called. */
    readonly stack: string
    readonly client?: string
    readonly revoked: boolean
  }) => void
  /** The event loop stood still, or the machine slept, for about so long: idle connections are not charged for it. */
  stall: (event: { readonly pool: string; readonly key?: string; readonly lasted: number }) => void
  /** A lease was used after its end; or an acquire came inside a `use` of the same pool (`acquire.nested`), whose
   * connection it is then. */
  misuse: (event: {
    readonly pool: string
    readonly key?: string
    readonly connection: ConnectionInfo
    readonly action: 'release' | 'retire' | 'destroy' | 'nested-acquire'
  }) => void
  /** Something threw or rejected where nobody could be told. Without a listener: `process.emitWarning`, once per source. */
  error: (event: {
    readonly pool: string
    readonly key?: string
    readonly error: unknown
    readonly source: TroubleSource
  }) => void
}
