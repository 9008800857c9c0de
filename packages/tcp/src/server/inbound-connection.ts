import type net from 'node:net'
import { connectionTable, State, type StateName, TimerEntry } from '@millpond/core/kit'
import type { ClientPlace } from './client-table.js'
import type { InboundCloseReason, InboundConnectionInfo, RefuseReason, SlowPhase } from './guard-stats.js'

/** No time of any clock. */
export const NEVER = -1

/** Whom a connection belongs to. */
export interface InboundOwner {
  /** Its timer has fired. */
  due(connection: InboundConnection): void
  /** Its socket has closed. */
  gone(connection: InboundConnection): void
}

/** The list of idle connections that a connection is in. */
export interface IdlePlaces {
  remove(connection: InboundConnection): void
}

/** What a guard must know of what is spoken over its connections. One object serves all connections of a guard. */
export interface InboundProtocol {
  /** The connection is open (with TLS, the handshake is done): whatever watches it is to be attached. */
  adopt(connection: InboundConnection): void
  /** It has been parked. */
  parked(connection: InboundConnection): void
  /** When `review` has something to look at, in ms of the clock; while idle or connected. Never later than it is. */
  deadline(connection: InboundConnection): number
  /** The deadline has passed: ends the connection, parks it, or finds that something has moved on. */
  review(connection: InboundConnection, now: number): void
  /** It is idle and shall end: calls `conclude` of the guard once it is sure that no request was on its way that could
   * have been seen. */
  beforeEnd(connection: InboundConnection): void
  /** Requests are active and it shall end after them: the peer is told, where the protocol can. */
  leaving(connection: InboundConnection): void
  /** It is to be ended gracefully: whatever was written leaves, and the peer sees a clean end. */
  close(connection: InboundConnection): void
  /** It is to be ended at once. `phase`: because the peer was too slow at this. */
  destroy(connection: InboundConnection, phase: SlowPhase | undefined): void
  /** A socket that was not let in: tells the peer and ends it. What needs time for it goes through `Refusals`. */
  refuse(socket: net.Socket, reason: RefuseReason): void
}

/** The guard's record of one accepted socket. Itself its timer, and a node of an idle list. */
export class InboundConnection extends TimerEntry {
  readonly owner: InboundOwner
  readonly id: number
  readonly generation: number
  readonly startedAt: number
  /** What carries its requests: the accepted socket, or with TLS, the one over it once the handshake is done. */
  socket: net.Socket
  protocol: InboundProtocol
  /** What its protocol keeps with it. */
  attachment: unknown = undefined
  state: number = State.connecting
  openedAt: number | undefined = undefined
  idleSince = 0
  /** Requests it has carried, and carries now. */
  uses = 0
  leases = 0
  /** Requests that its end has cut off. */
  severed = 0
  /** When the delay of its state is over: a handshake's, or a close's. */
  delayAt = Number.POSITIVE_INFINITY
  /** When it is too old. */
  retireAt = Number.POSITIVE_INFINITY
  /** Since when headers have been arriving; `NEVER` when none are. */
  headerSince = NEVER
  /** Bytes received when it was last parked. */
  bytesParked = 0
  /** It will be closed for this reason unless a request turns out to have arrived. */
  ending: InboundCloseReason | undefined = undefined
  closeReason: InboundCloseReason | undefined = undefined
  detail: string | undefined = undefined
  error: unknown = undefined
  client: string | undefined = undefined
  /** Its timer came late, and it was given a turn of the event loop to show what has arrived. */
  wasLate = false
  place: ClientPlace | undefined = undefined
  idleList: IdlePlaces | undefined = undefined
  nextIdle: InboundConnection | undefined = undefined
  previousIdle: InboundConnection | undefined = undefined
  #info: InboundConnectionInfo | undefined = undefined

  constructor(
    owner: InboundOwner,
    id: number,
    generation: number,
    startedAt: number,
    socket: net.Socket,
    protocol: InboundProtocol,
  ) {
    super()
    this.owner = owner
    this.id = id
    this.generation = generation
    this.startedAt = startedAt
    this.socket = socket
    this.protocol = protocol
  }

  get isIdle(): boolean {
    return this.state === State['idle.ready']
  }

  /** Requests may be active on it. */
  get isConnected(): boolean {
    return this.state === State['connected.leased'] || this.state === State['connected.leaving']
  }

  /** Requests are active on it, and it ends after them. */
  get isLeaving(): boolean {
    return this.state === State['connected.leaving']
  }

  override expire(): void {
    this.owner.due(this)
  }

  /** The live, read-only view of it. */
  get info(): InboundConnectionInfo {
    this.#info ??= new LiveInfo(this)
    return this.#info
  }

  snapshot(): InboundConnectionInfo {
    const { id, state, generation, uses, openedAt, idleSince, leases, client } = this.info
    const snapshot = { id, state, generation, uses, openedAt, idleSince, leases }
    return client === undefined ? snapshot : { ...snapshot, client }
  }
}

class LiveInfo implements InboundConnectionInfo {
  readonly #connection: InboundConnection

  constructor(connection: InboundConnection) {
    this.#connection = connection
  }

  get id(): number {
    return this.#connection.id
  }

  get state(): StateName {
    return connectionTable.states[this.#connection.state] as StateName
  }

  get generation(): number {
    return this.#connection.generation
  }

  get uses(): number {
    return this.#connection.uses
  }

  get openedAt(): number | undefined {
    return this.#connection.openedAt
  }

  get idleSince(): number | undefined {
    return this.#connection.isIdle ? this.#connection.idleSince : undefined
  }

  get leases(): number {
    return this.#connection.leases
  }

  // `exactOptionalPropertyTypes` knows no getter that may be absent.
  get client(): string {
    return this.#connection.client as string
  }
}
