import type { Chain, Link } from '../acquire/chain.js'
import type { Claim } from '../acquire/claim.js'
import type { CloseReason } from '../adapter/adapter.js'
import type { Call } from '../adapter/call.js'
import { TimerEntry } from '../time/timer-wheel.js'
import type { ConnectionInfo } from './connection-info.js'
import { connectionTable, State, type StateName } from './connection-table.js'
import type { ConnectionMirror } from './inspector.js'

/** What a connection tells its pool by itself. */
export interface ConnectionOwner<R> {
  /** In a keyed pool: which of its pools it is. */
  readonly key: string | undefined
  /** The delay of its present state has passed. */
  due(connection: Connection<R>): void
}

/** A lease whose borrower wants to hear when the connection ends. */
export interface ListeningLease {
  /** Aborts the lease's signal, if anybody asked for it. */
  tell(reason: unknown): void
}

/** One of the leases of a connection, where the pool has to know each of them. */
export interface KnownLease extends ListeningLease {
  /** When it was granted. */
  readonly since: number
  readonly claim: Claim
}

/** The connections that carry this many leases and can carry more. */
export interface SpareLoad<R> {
  readonly leases: number
  readonly connections: Chain<Connection<R>>
  readonly link: Link<SpareLoad<R>>
}

/** The place of a connection among them. */
export interface SparePlace<R> extends Link<Connection<R>> {
  load: SpareLoad<R> | undefined
}

/** The timers of a connection besides that of its state. */
export class ConnectionTimers {
  age: TimerEntry | undefined = undefined
  health: TimerEntry | undefined = undefined
  /** A policy wants to look at it again while it is idle. */
  policy: TimerEntry | undefined = undefined
}

/** An idle connection whose moment of parking has not been read from the clock yet. */
export const UNSTAMPED = -1

/** The pool's record of one resource. Itself the timer of its state's delay, and a node of the idle list. */
export class Connection<R> extends TimerEntry {
  readonly #owner: ConnectionOwner<R>
  readonly id: number
  readonly generation: number
  /** Consecutive failures of the pool when its open began: an open begun before the last failure tells nothing new. */
  readonly failuresBefore: number
  state: number = State.connecting
  /** When its open began, until it is lent or rests for the first time; then when the lease that it has began, or its
   * rest. One number for the three, and here rather than in the lease, since each is an object of its own to V8. */
  since: number
  /** Policies that have heard of its open. */
  toldPolicies = 0
  /** Listeners have heard of its open. */
  announced = false
  /** The delay that is running, or ran last: its index among the table's timers. */
  delay = -1
  resource: R | undefined = undefined
  openedAt = 0
  /** When a check last passed, or it was opened. */
  verifiedAt = 0
  uses = 0
  leases = 0
  /** Simultaneous leases it can carry. */
  capacity = 1
  /** Its leases, where the pool has to know each of them. */
  tracked: Chain<KnownLease> | undefined = undefined
  /** What of its capacity is counted among the pool's `slots`. */
  slots = 0
  /** Its place among those that can carry more leases; only with `Adapter.capacity`. */
  spare: SparePlace<R> | undefined = undefined
  /** A policy wants it checked before it is lent again. */
  checkWanted = false
  /** Set by a borrower who asked for the lease's signal. Most never do, and pointing to every young lease from here
   * would cost the garbage collector more than the lease itself. */
  listeningLease: ListeningLease | undefined = undefined
  /** It ended while leased. */
  severed = false
  nextIdle: Connection<R> | undefined = undefined
  previousIdle: Connection<R> | undefined = undefined
  inIdleList = false
  /** Index in the idle list's slots; only with `idle.reuse: 'random'`. */
  idleSlot = 0
  /** Its running check is one of the background: it keeps its place among the idle. */
  checkedInBackground = false
  /** Set once it must end: from then on it is lent to nobody. The first reason stays. */
  closeReason: CloseReason | undefined = undefined
  /** What the adapter said when it asked for the connection to be retired. */
  retireDetail: string | undefined = undefined
  /** What went wrong, where something did. */
  error: unknown = undefined
  /** The adapter's call in progress. */
  call: Call | undefined = undefined
  /** The adapter has been asked to close it: never twice. */
  closeCalled = false
  unwatch: (() => void) | undefined = undefined
  mirror: ConnectionMirror | undefined = undefined
  /** Undefined until one is needed, as for most connections. */
  timers: ConnectionTimers | undefined = undefined
  #info: ConnectionInfo | undefined = undefined

  constructor(owner: ConnectionOwner<R>, id: number, generation: number, failuresBefore: number, since: number) {
    super()
    this.#owner = owner
    this.id = id
    this.generation = generation
    this.failuresBefore = failuresBefore
    this.since = since
  }

  /** A borrower has it, or has it on the way there or back. */
  get isHeld(): boolean {
    return this.state === State['connected.leased'] || this.state === State['connected.leaving']
  }

  get key(): string | undefined {
    return this.#owner.key
  }

  override expire(): void {
    this.#owner.due(this)
  }

  /** The live, read-only view of it. */
  get info(): ConnectionInfo {
    this.#info ??= new LiveConnectionInfo(this as Connection<unknown>)
    return this.#info
  }

  snapshot(now: number): ConnectionInfo {
    const { key } = this
    const { id, state, generation, uses, openedAt, leases } = this.info
    const idleSince = this.since === UNSTAMPED && this.inIdleList ? now : this.info.idleSince
    const snapshot = { id, state, generation, uses, openedAt, idleSince, leases }
    return key === undefined ? snapshot : { ...snapshot, key }
  }
}

/** The connection behind a live view; undefined for a snapshot. */
export function connectionOf<R>(info: ConnectionInfo): Connection<R> | undefined {
  return info instanceof LiveConnectionInfo ? (info.seen() as Connection<R>) : undefined
}

class LiveConnectionInfo implements ConnectionInfo {
  readonly #connection: Connection<unknown>

  constructor(connection: Connection<unknown>) {
    this.#connection = connection
  }

  seen(): Connection<unknown> {
    return this.#connection
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
    return this.#connection.resource === undefined ? undefined : this.#connection.openedAt
  }

  get idleSince(): number | undefined {
    const { state, since } = this.#connection
    const idle = state === State['idle.ready'] || state === State['idle.checking']
    return idle && since !== UNSTAMPED ? since : undefined
  }

  get leases(): number {
    return this.#connection.leases
  }

  get key(): string | undefined {
    return this.#connection.key
  }
}
