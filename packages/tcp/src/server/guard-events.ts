import type net from 'node:net'
import type { EventName, StateName } from '@millpond/core'
import type { InboundCloseReason, InboundConnectionInfo, RefuseReason } from './guard-stats.js'

/** What an `error` event came from. */
export type GuardTroubleSource = 'listener' | 'key' | 'close' | 'statechart'

/** A guard's events: those of a pool where they mean the same, with the same payloads; `pool` is the guard's name.
 * Without a listener they cost nothing. */
export interface GuardEvents {
  /** A connection was accepted; with TLS, its handshake begins. */
  connecting: (event: {
    readonly pool: string
    readonly connection: InboundConnectionInfo
    readonly attempt: number
  }) => void
  /** It can carry requests: with TLS, `took` ms of handshake later. */
  connect: (event: {
    readonly pool: string
    readonly connection: InboundConnectionInfo
    readonly resource: net.Socket
    readonly took: number
  }) => void
  /** A TLS handshake failed or took longer than `handshake.timeout`. */
  connectError: (event: {
    readonly pool: string
    readonly connection: InboundConnectionInfo
    readonly error: unknown
    readonly attempt: number
    readonly took: number
  }) => void
  /** A connection took a step in its statechart. */
  transition: (event: {
    readonly pool: string
    readonly connection: InboundConnectionInfo
    readonly from: StateName
    readonly to: StateName
    readonly event: EventName
  }) => void
  /** It was decided to end a connection, once no request is active on it. */
  retire: (event: {
    readonly pool: string
    readonly connection: InboundConnectionInfo
    readonly reason: InboundCloseReason
    readonly detail?: string
  }) => void
  /** A connection is closed. */
  disconnect: (event: {
    readonly pool: string
    readonly connection: InboundConnectionInfo
    readonly reason: InboundCloseReason
    readonly age: number
    readonly uses: number
    readonly detail?: string
    readonly error?: unknown
  }) => void
  /** A request begins. */
  acquire: (event: {
    readonly pool: string
    readonly connection: InboundConnectionInfo
    readonly waited: number
    readonly reused: boolean
  }) => void
  /** A connection was not let in. `client` is whose it would have been, `address` where it came from. */
  refuse: (event: {
    readonly pool: string
    readonly client: string
    readonly address: string | undefined
    readonly reason: RefuseReason
  }) => void
  flush: (event: { readonly pool: string; readonly generation: number; readonly client?: string }) => void
  /** The guard has closed: nothing of it is left. */
  close: (event: { readonly pool: string }) => void
  /** Something threw where nobody could be told. Without a listener: `process.emitWarning`, once per source. */
  error: (event: { readonly pool: string; readonly error: unknown; readonly source: GuardTroubleSource }) => void
}
