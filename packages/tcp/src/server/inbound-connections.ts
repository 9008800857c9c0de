import { AsyncResource } from 'node:async_hooks'
import type net from 'node:net'
import { Event, State, TimerWheel } from '@millpond/core/kit'
import { Admission, type Occupancy } from './admission.js'
import { ClientTable } from './client-table.js'
import { connectionOf, markSocket } from './connection-of.js'
import type { GuardEmitter } from './guard-emitter.js'
import type { ResolvedGuardOptions } from './guard-options.js'
import type { InboundCloseReason, SlowPhase } from './guard-stats.js'
import { GuardTotals } from './guard-totals.js'
import { IdleConnections } from './idle-connections.js'
import { InboundConnection, type InboundOwner, type InboundProtocol, NEVER } from './inbound-connection.js'
import { InboundDeadlines } from './inbound-deadlines.js'
import { InboundNews } from './inbound-news.js'
import { InboundStatechart } from './inbound-statechart.js'
import { LastWords } from './last-words.js'
import { ParkClock } from './park-clock.js'
import { ResourceEnder } from './resource-ender.js'
import { Sieve } from './sieve.js'
import { SlowPeerError } from './slow-peer-error.js'

/**
 * The accepted connections of a server, each in its state of the connection statechart. A protocol says what happens on
 * them (`wake`, `begin`, `done`, `settle`) and when they are too slow; this keeps the books and ends them. Every change of
 * state goes through the statechart.
 */
export class InboundConnections implements InboundOwner, Occupancy {
  readonly options: ResolvedGuardOptions
  readonly wheel: TimerWheel
  readonly clients: ClientTable
  readonly admission: Admission
  readonly totals = new GuardTotals()
  readonly lastWords: LastWords
  readonly all = new Set<InboundConnection>()
  leases = 0
  generation = 0
  whenEmpty: (() => void) | undefined
  readonly #emitter: GuardEmitter
  readonly #news: InboundNews
  readonly #statechart: InboundStatechart
  readonly #ender: ResourceEnder
  readonly #idle = new IdleConnections()
  readonly #sieve = new Sieve((connection) => this.conclude(connection))
  readonly #parkClock: ParkClock
  readonly #deadlines: InboundDeadlines
  #lastId = 0

  constructor(options: ResolvedGuardOptions, emitter: GuardEmitter) {
    this.options = options
    this.#emitter = emitter
    this.#news = new InboundNews(emitter)
    this.#ender = new ResourceEnder(emitter)
    const scope = new AsyncResource('millpond.Guard')
    this.wheel = new TimerWheel(options.clock, (fn) => scope.runInAsyncScope(fn))
    this.#parkClock = new ParkClock(this.wheel, () => this.now())
    this.#deadlines = new InboundDeadlines(options, this.wheel, {
      aged: (connection) => this.end(connection, 'age'),
      handshakeTimedOut: (connection) => this.#handshakeTimedOut(connection),
      closeTimedOut: (connection) =>
        this.#statechart.send(connection, Event['xstate.after.closeTimeout.connection.closing.graceful']),
    })
    this.clients = new ClientTable(options.random)
    this.admission = new Admission(options, emitter, this.clients, this)
    this.lastWords = new LastWords(this.wheel, () => this.now())
    this.#statechart = new InboundStatechart(
      {
        adopt: (connection) => this.#adopt(connection),
        offer: (connection) => this.#news.connected(connection),
        noteFailure: (connection) => this.#news.connectFailed(connection, this.now()),
        park: (connection) => this.#park(connection),
        unpark: (connection) => connection.idleList?.remove(connection),
        sever: (connection) => this.#sever(connection),
        tellRetired: (connection) => this.#news.retired(connection),
        startClose: (connection) => this.#ender.close(connection),
        destroyResource: (connection) => this.#ender.destroy(connection),
        abandon: (connection) => this.#ender.abandon(connection),
        end: (connection) => this.#statechart.send(connection, Event.ended),
        forget: (connection) => this.#forget(connection),
        report: (connection) => this.#report(connection),
      },
      emitter,
      this.#news,
      (connection, isStarting) => this.#deadlines.changeDelay(connection, isStarting),
    )
  }

  now(): number {
    return this.options.clock.now()
  }

  get size(): number {
    return this.all.size
  }

  /** Connections by state. */
  get counts(): readonly number[] {
    return this.#statechart.counts
  }

  /** Ends the idle connection that is missed least; false where none is idle. */
  makeRoom(): boolean {
    const victim = this.#idle.leastMissed(this.now())
    if (victim === undefined) return false
    this.destroy(victim, 'surplus')
    return true
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
    this.#statechart.enter(connection)
    markSocket(socket, connection)
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
    markSocket(socket, connection)
    this.#statechart.send(connection, Event.opened)
    this.settle(connection)
  }

  /** Its TLS handshake failed. */
  openFailed(connection: InboundConnection, error: unknown): void {
    if (connection.state !== State.connecting) return
    connection.error ??= error
    connection.closeReason ??= 'connect-failed'
    this.#statechart.send(connection, Event.openFailed)
  }

  /** Something arrives on an idle connection: it counts as in use from the first byte on. */
  wake(connection: InboundConnection): void {
    if (!connection.isIdle) return
    const { ending } = connection
    connection.ending = undefined
    this.#statechart.send(connection, Event.lease)
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
    if (connection.state === State['connected.leased']) this.#statechart.send(connection, Event.rest)
    else if (connection.isLeaving) this.#statechart.send(connection, Event.released)
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
    this.#statechart.send(connection, Event.retire)
    if (connection.isLeaving) this.#ender.announce(connection)
  }

  /** Its peer is too slow. */
  timeOut(connection: InboundConnection, phase: SlowPhase): void {
    connection.closeReason ??= 'timeout'
    connection.detail ??= phase
    if (this.#emitter.hears('disconnect')) connection.error ??= new SlowPeerError(phase)
    this.totals.timedOut++
    this.#statechart.send(connection, Event.destroy)
  }

  /** Ends it at once, whatever is active. */
  destroy(connection: InboundConnection, reason: InboundCloseReason): void {
    connection.closeReason ??= reason
    if (connection.state === State.connecting) this.#statechart.send(connection, Event.destroy)
    if (connection.state !== State.closed && connection.state !== State['closing.empty']) {
      this.#statechart.send(connection, Event.destroy)
    }
  }

  /** Its socket has closed. */
  gone(connection: InboundConnection): void {
    const { state } = connection
    if (state === State.connecting || state === State['closing.pending']) {
      connection.closeReason ??= 'connect-failed'
      this.#statechart.send(connection, Event.openFailed)
    } else if (state === State['closing.graceful']) this.#statechart.send(connection, Event.closeSettled)
    else if (state !== State.closed && state !== State['closing.empty']) {
      // Told that it would end, the peer may be the first to close.
      connection.closeReason ??= connection.ending ?? 'lost'
      this.#statechart.send(connection, Event.lost)
    }
  }

  /** Sees to it that the timer fires by its next deadline. */
  arm(connection: InboundConnection): void {
    this.#deadlines.arm(connection)
  }

  due(connection: InboundConnection): void {
    this.#deadlines.due(connection)
  }

  /** Nobody waits for a handshake that has taken too long. */
  #handshakeTimedOut(connection: InboundConnection): void {
    connection.closeReason ??= 'connect-failed'
    this.totals.abandoned++
    this.#statechart.send(connection, Event['xstate.after.connectTimeout.connection.connecting'])
    this.#statechart.send(connection, Event.destroy)
  }

  #adopt(connection: InboundConnection): void {
    connection.openedAt = this.now()
    this.totals.opened++
    this.#deadlines.limitAge(connection, connection.openedAt)
    connection.protocol.adopt(connection)
  }

  #park(connection: InboundConnection): void {
    connection.idleSince = this.#parkClock.now()
    this.#idle.add(connection)
    connection.protocol.parked(connection)
    this.arm(connection)
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
}

function onSocketClose(this: net.Socket): void {
  const connection = connectionOf(this)
  connection?.owner.gone(connection)
}
