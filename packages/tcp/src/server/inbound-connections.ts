import { AsyncResource } from 'node:async_hooks'
import type net from 'node:net'
import { type ActionName, connectionTable, Event, State, TimerWheel } from '@millpond/core/kit'
import { clientOf } from './client-address.js'
import { ClientTable } from './client-table.js'
import type { GuardEmitter } from './guard-emitter.js'
import type { ResolvedGuardOptions } from './guard-options.js'
import type { InboundCloseReason, RefuseReason, SlowPhase } from './guard-stats.js'
import { GuardTotals } from './guard-totals.js'
import { IdleList } from './idle-list.js'
import { InboundConnection, type InboundOwner, type InboundProtocol, NEVER } from './inbound-connection.js'
import { InboundNews } from './inbound-news.js'
import { bindInboundSteps, EVENTS, type InboundStep } from './inbound-steps.js'
import { LastWords } from './last-words.js'
import { ParkClock } from './park-clock.js'
import { Sieve } from './sieve.js'
import { SlowPeerError } from './slow-peer-error.js'

/** ms that a peer has to close its side once we have closed ours. */
export const LINGER = 500
/** ms of silence after which a new connection that has not sent a byte makes room for another. */
const PATIENCE = 1_000
/** ms of lateness of a timer that tell of a standstill. */
const STALL = 20

const books: ReadonlySet<ActionName> = new Set(['adopt', 'park', 'unpark', 'sever', 'forget'])

/** Where a connection is to be found from its socket. */
const connectionKey = Symbol('millpond.connection')
type Marked = { [connectionKey]?: InboundConnection }

/** The connection that a socket carries; undefined where no guard has let it in. */
export function connectionOf(socket: net.Socket): InboundConnection | undefined {
  return (socket as Marked)[connectionKey]
}

/**
 * The accepted connections of a server, each in its state of the connection statechart. A protocol says what happens on
 * them (`wake`, `begin`, `done`, `settle`) and when they are too slow; this decides who is let in, keeps the books and
 * the timers, and ends them. Every change of state goes through `#send`.
 */
export class InboundConnections implements InboundOwner {
  readonly options: ResolvedGuardOptions
  readonly wheel: TimerWheel
  readonly clients: ClientTable
  readonly totals = new GuardTotals()
  readonly lastWords: LastWords
  readonly all = new Set<InboundConnection>()
  /** Connections by state. */
  readonly counts: number[] = connectionTable.states.map(() => 0)
  leases = 0
  generation = 0
  /** Connections are let in. */
  isOpen = true
  whenEmpty: (() => void) | undefined
  readonly #emitter: GuardEmitter
  readonly #news: InboundNews
  readonly #steps: readonly (InboundStep | undefined)[]
  /** Idle ones that have carried a request, and those that have not. */
  readonly #kept = new IdleList()
  readonly #fresh = new IdleList()
  readonly #sieve = new Sieve((connection) => this.conclude(connection))
  readonly #parkClock: ParkClock
  #lastId = 0

  constructor(options: ResolvedGuardOptions, emitter: GuardEmitter) {
    this.options = options
    this.#emitter = emitter
    this.#news = new InboundNews(emitter)
    const scope = new AsyncResource('millpond.Guard')
    this.wheel = new TimerWheel(options.clock, (fn) => scope.runInAsyncScope(fn))
    this.#parkClock = new ParkClock(this.wheel, () => this.now())
    this.clients = new ClientTable(options.random)
    this.lastWords = new LastWords(this.wheel, () => this.now())
    this.#steps = bindInboundSteps(
      {
        adopt: (connection) => this.#adopt(connection),
        offer: (connection) => this.#news.connected(connection),
        noteFailure: (connection) => this.#news.connectFailed(connection, this.now()),
        park: (connection) => this.#park(connection),
        unpark: (connection) => connection.idleList?.remove(connection),
        sever: (connection) => this.#sever(connection),
        tellRetired: (connection) => this.#news.retired(connection),
        startClose: (connection) => this.#quietly(() => connection.protocol.close(connection)),
        destroyResource: (connection) => this.#destroyResource(connection),
        abandon: (connection) => this.#abandon(connection),
        end: (connection) => this.#send(connection, Event.ended),
        forget: (connection) => this.#forget(connection),
        report: (connection) => this.#report(connection),
      },
      books,
    )
  }

  now(): number {
    return this.options.clock.now()
  }

  get size(): number {
    return this.all.size
  }

  /** Whether one more may come in, which may cost an idle one its place; else why not. */
  admit(client: string | undefined): RefuseReason | undefined {
    if (!this.isOpen) return 'closing'
    if (client !== undefined && this.clients.count(client) >= this.options.perClient.max) return 'client'
    if (this.size >= this.options.max && !this.#makeRoom()) return 'max'
    return undefined
  }

  /** Whose a socket is; undefined when clients have no limit. */
  clientOf(socket: net.Socket): string | undefined {
    const { max, key } = this.options.perClient
    if (max === Number.POSITIVE_INFINITY && key === undefined) return undefined
    if (key === undefined) return clientOf(socket.remoteAddress)
    try {
      return String(key(socket))
    } catch (error) {
      this.#emitter.trouble('key', error)
      return clientOf(socket.remoteAddress)
    }
  }

  /** A socket was let in. */
  accept(socket: net.Socket, protocol: InboundProtocol, client: string | undefined): InboundConnection {
    const now = this.now()
    const connection = new InboundConnection(this, ++this.#lastId, this.generation, now, socket, protocol)
    if (client !== undefined) {
      connection.client = client
      connection.place = this.clients.enter(client)
    }
    this.all.add(connection)
    ;(this.counts[connection.state] as number)++
    ;(socket as Marked)[connectionKey] = connection
    socket.on('close', onSocketClose)
    connection.delayAt = now + this.options.handshake.timeout
    this.#news.connecting(connection)
    return connection
  }

  /** Its TLS handshake begins. */
  awaitHandshake(connection: InboundConnection): void {
    this.arm(connection)
  }

  /** It can carry requests, over `socket`. */
  opened(connection: InboundConnection, socket: net.Socket = connection.socket): void {
    if (connection.state !== State.connecting) return
    connection.socket = socket
    ;(socket as Marked)[connectionKey] = connection
    this.#send(connection, Event.opened)
    this.settle(connection)
  }

  /** Its TLS handshake failed. */
  openFailed(connection: InboundConnection, error: unknown): void {
    if (connection.state !== State.connecting) return
    connection.error ??= error
    connection.closeReason ??= 'connect-failed'
    this.#send(connection, Event.openFailed)
  }

  /** Something arrives on an idle connection: it counts as in use from the first byte on. */
  wake(connection: InboundConnection): void {
    if (!connection.isIdle) return
    const { ending } = connection
    connection.ending = undefined
    this.#send(connection, Event.lease)
    // One that has merely been idle for too long has just ceased to be.
    if (ending !== undefined && ending !== 'idle') this.retire(connection, ending)
  }

  /** A request begins on a connection that is in use. */
  begin(connection: InboundConnection): void {
    connection.leases++
    this.leases++
    connection.uses++
    this.totals.acquired++
    if (this.#emitter.hearsRequests) this.#news.requested(connection)
    if (connection.uses >= this.options.lifetime.maxUses) this.retire(connection, 'uses')
  }

  /** A request is over; `settle` is due when that was the last. */
  done(connection: InboundConnection): void {
    if (connection.leases === 0) return
    connection.leases--
    this.leases--
  }

  /** Nothing is active on it any more: it rests, or ends if it was to. */
  settle(connection: InboundConnection): void {
    if (connection.leases > 0) return
    if (connection.state === State['connected.leased']) this.#send(connection, Event.rest)
    else if (connection.isLeaving) this.#send(connection, Event.released)
  }

  /** Ends it once no request is active or on its way. */
  end(connection: InboundConnection, reason: InboundCloseReason): void {
    if (connection.state === State.connecting) this.destroy(connection, reason)
    else if (!connection.isIdle) this.retire(connection, reason)
    else {
      const isEnding = connection.ending !== undefined
      connection.ending = reason
      if (!isEnding) connection.protocol.beforeEnd(connection)
    }
  }

  /** Calls `conclude` when a whole turn of the event loop has read what had arrived. */
  sift(connection: InboundConnection): void {
    this.#sieve.add(connection)
  }

  /** No request was on its way that could have been seen: what was to end ends. */
  conclude(connection: InboundConnection): void {
    const { ending } = connection
    if (connection.isIdle && ending !== undefined) this.retire(connection, ending)
    else if (connection.isLeaving && connection.headerSince === NEVER) this.settle(connection)
  }

  /** Decides that it ends, once it is free: now if nothing is active. The first reason stays. */
  retire(connection: InboundConnection, reason: InboundCloseReason): void {
    if (!connection.isIdle && connection.state !== State['connected.leased']) return
    connection.closeReason ??= reason
    this.#send(connection, Event.retire)
    if (connection.isLeaving) {
      this.#quietly(() => connection.protocol.leaving(connection))
    }
  }

  /** Its peer is too slow. */
  timeOut(connection: InboundConnection, phase: SlowPhase): void {
    connection.closeReason ??= 'timeout'
    connection.detail ??= phase
    if (this.#emitter.hears('disconnect')) connection.error ??= new SlowPeerError(phase)
    this.totals.timedOut++
    this.#send(connection, Event.destroy)
  }

  /** Ends it at once, whatever is active. */
  destroy(connection: InboundConnection, reason: InboundCloseReason): void {
    connection.closeReason ??= reason
    if (connection.state === State.connecting) this.#send(connection, Event.destroy)
    if (connection.state !== State.closed && connection.state !== State['closing.empty']) {
      this.#send(connection, Event.destroy)
    }
  }

  /** Its socket has closed. */
  gone(connection: InboundConnection): void {
    const { state } = connection
    if (state === State.connecting || state === State['closing.pending']) {
      connection.closeReason ??= 'connect-failed'
      this.#send(connection, Event.openFailed)
    } else if (state === State['closing.graceful']) this.#send(connection, Event.closeSettled)
    else if (state !== State.closed && state !== State['closing.empty']) {
      // Told that it would end, the peer may be the first to close.
      connection.closeReason ??= connection.ending ?? 'lost'
      this.#send(connection, Event.lost)
    }
  }

  /** Sees to it that the timer fires by its next deadline. */
  arm(connection: InboundConnection): void {
    this.wheel.armBy(connection, this.#deadline(connection))
  }

  due(connection: InboundConnection): void {
    const now = this.now()
    if (this.#isLate(connection, now)) {
      this.wheel.arm(connection, now)
      return
    }
    if (now >= connection.delayAt) this.#delayPassed(connection)
    else if (now >= connection.retireAt && !connection.isLeaving) {
      connection.retireAt = Number.POSITIVE_INFINITY
      this.end(connection, 'age')
    } else if (connection.isIdle || connection.isConnected) connection.protocol.review(connection, now)
    if (connection.state !== State.closed) this.arm(connection)
  }

  /** After a standstill of the event loop, what the peer has sent meanwhile is read before it is judged. */
  #isLate(connection: InboundConnection, now: number): boolean {
    connection.wasLate = !connection.wasLate && this.wheel.lateness(connection, now) > STALL
    return connection.wasLate
  }

  #deadline(connection: InboundConnection): number {
    if (connection.delayAt !== Number.POSITIVE_INFINITY) return connection.delayAt
    const { isIdle, isConnected } = connection
    if (!isIdle && !isConnected) return Number.POSITIVE_INFINITY
    const at = connection.protocol.deadline(connection)
    return !connection.isLeaving && connection.retireAt < at ? connection.retireAt : at
  }

  /** A handshake's time is over, or a close's. */
  #delayPassed(connection: InboundConnection): void {
    if (connection.state === State.connecting) {
      connection.closeReason ??= 'connect-failed'
      this.totals.abandoned++
      this.#send(connection, Event['xstate.after.connectTimeout.connection.connecting'])
      // Nobody waits for a handshake that has taken too long.
      this.#send(connection, Event.destroy)
    } else if (connection.state === State['closing.graceful']) {
      this.#send(connection, Event['xstate.after.closeTimeout.connection.closing.graceful'])
    }
  }

  #makeRoom(): boolean {
    if (!this.options.evictIdle) return false
    const silent = this.#fresh.first
    const victim = silent !== undefined && this.now() - silent.idleSince >= PATIENCE ? silent : this.#kept.first
    if (victim === undefined) return false
    this.destroy(victim, 'surplus')
    return true
  }

  #send(connection: InboundConnection, event: number): void {
    const from = connection.state
    const step = this.#steps[from * EVENTS + event]
    if (step === undefined) {
      this.#refuse(from, event)
      return
    }
    ;(this.counts[from] as number)--
    ;(this.counts[step.to] as number)++
    connection.state = step.to
    if (step.isTimed) this.#changeDelay(connection, step)
    if (step.books !== undefined) step.books(connection)
    if (this.#emitter.hearsTransitions) this.#news.moved(connection, from, event)
    if (step.effects !== undefined) step.effects(connection)
  }

  #changeDelay(connection: InboundConnection, step: InboundStep): void {
    connection.delayAt = step.starts === undefined ? Number.POSITIVE_INFINITY : this.now() + LINGER
    if (step.starts !== undefined) this.arm(connection)
  }

  #adopt(connection: InboundConnection): void {
    const { maxAge, jitter } = this.options.lifetime
    connection.openedAt = this.now()
    this.totals.opened++
    if (maxAge !== Number.POSITIVE_INFINITY) {
      connection.retireAt = connection.openedAt + maxAge * (1 - jitter * this.options.random())
    }
    connection.protocol.adopt(connection)
  }

  #park(connection: InboundConnection): void {
    connection.idleSince = this.#parkClock.now()
    const list = connection.uses > 0 ? this.#kept : this.#fresh
    list.add(connection)
    connection.protocol.parked(connection)
    this.arm(connection)
  }

  #destroyResource(connection: InboundConnection): void {
    this.#quietly(() => connection.protocol.destroy(connection, connection.detail as SlowPhase | undefined))
  }

  #abandon(connection: InboundConnection): void {
    connection.socket.on('error', ignore)
    connection.socket.destroy()
  }

  #sever(connection: InboundConnection): void {
    connection.severed = connection.leases
    this.leases -= connection.leases
    connection.leases = 0
  }

  #forget(connection: InboundConnection): void {
    this.wheel.disarm(connection)
    this.all.delete(connection)
    if (connection.place !== undefined) this.clients.leave(connection.place)
    this.totals.closed[connection.closeReason ?? 'lost']++
  }

  #report(connection: InboundConnection): void {
    this.#news.disconnected(connection, this.now())
    if (this.size === 0) this.whenEmpty?.()
  }

  /** A socket in a state of its own must not take the guard with it. */
  #quietly(fn: () => void): void {
    try {
      fn()
    } catch (error) {
      this.#emitter.trouble('close', error)
    }
  }

  /** An event that a state does not accept is a bug of ours: loud in development, an `error` event in production. */
  #refuse(state: number, event: number): void {
    const error = new Error(
      `The connection statechart does not accept "${connectionTable.events[event]}" in state "${connectionTable.states[state]}"`,
    )
    if (process.env.NODE_ENV !== 'production') throw error
    this.#emitter.trouble('statechart', error)
  }
}

function onSocketClose(this: net.Socket): void {
  const connection = connectionOf(this)
  connection?.owner.gone(connection)
}

function ignore(): void {}
