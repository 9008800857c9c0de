import type net from 'node:net'
import { Alarm, duration, type ObservedEmitter, readGroup, State } from '@millpond/core/kit'
import { GuardEmitter } from './guard-emitter.js'
import type { GuardEvents } from './guard-events.js'
import type { ResolvedGuardOptions } from './guard-options.js'
import type { GuardStats, InboundConnectionInfo, RefuseReason } from './guard-stats.js'
import { InboundConnections } from './inbound-connections.js'

/** How `Guard.close` ends. */
export interface GuardCloseOptions {
  /** ms until what is still busy is revoked and destroyed. Keep it below what the process is given to stop. Default
   * 30 000. */
  readonly timeout?: number
  /** ms between `isReady` turning false and the end of accepting: time for a load balancer to look. Counts towards
   * `timeout`. Default 0. (Kubernetes: a `preStop` sleep) */
  readonly delay?: number
}

/** Manages the accepted connections of one server. Its events, statistics and states are a pool's. */
export interface Guard extends ObservedEmitter<GuardEvents>, AsyncDisposable {
  readonly name: string
  /** False from the first moment of `close()` on: what a readiness probe should answer. */
  readonly isReady: boolean
  stats(): GuardStats
  /** Snapshots of all connections that are not closed. */
  connections(): Iterable<InboundConnectionInfo>
  /** Ends all connections, or those of one client: idle ones now, the others after their requests. New ones may come. */
  flush(client?: string): void
  /** Drains: not ready, no new connections, active requests finish (HTTP: their answers say `Connection: close`; HTTP/2:
   * GOAWAY), idle connections close; at the deadline the rest is destroyed. Resolves when nothing is left and the server
   * has closed. Called again, it returns the same promise, and the earlier deadline wins. Rejects with
   * `InvalidOptionError`. */
  close(options?: GuardCloseOptions): Promise<void>
  /** Stops accepting and ends everything now. */
  destroy(): Promise<void>
}

/** What a guard needs of its server. */
export interface GuardedServer {
  /** Stops accepting; calls back when the last connection has closed. Closes none itself. */
  stop(whenClosed: () => void): void
  /** Gives the server back as it was. */
  release(): void
  /** Destroys what may be connected without the guard's knowledge. */
  destroyRest?(): void
}

interface Closing {
  readonly promise: Promise<void>
  readonly deadline: Alarm
  readonly resolve: () => void
  at: number
}

/** The guard of whatever server; the protocols say what is spoken there. */
export class InboundGuard extends GuardEmitter implements Guard {
  readonly name: string
  readonly held: InboundConnections
  #server: GuardedServer | undefined
  #state: 'running' | 'closing' | 'closed' = 'running'
  #closing: Closing | undefined
  #hasStopped = false
  #serverClosed = false

  constructor(options: ResolvedGuardOptions) {
    super()
    this.name = options.name
    this.held = new InboundConnections(options, this)
  }

  /** To be called once, with what the guard stands before. */
  attach(server: GuardedServer): void {
    this.#server = server
  }

  get isReady(): boolean {
    return this.#state === 'running'
  }

  /** Lets a socket in, or tells why not. */
  admit(socket: net.Socket): { readonly client: string | undefined; readonly refused: RefuseReason | undefined } {
    const client = this.held.admission.clientOf(socket)
    const refused = this.held.admission.refusal(client)
    if (refused !== undefined) {
      this.held.totals.refused[refused]++
      if (this.hears('refuse')) {
        const address = socket.remoteAddress
        this.tell('refuse', { client: client ?? address ?? '', address, reason: refused })
      }
    }
    return { client, refused }
  }

  stats(): GuardStats {
    const { held } = this
    const { options, totals, counts, generation, size, leases } = held
    const of = (...states: (keyof typeof State)[]) =>
      states.reduce((sum, state) => sum + (counts[State[state]] as number), 0)
    return {
      state: this.#state,
      generation,
      min: 0,
      max: options.max,
      size,
      connecting: of('connecting'),
      connected: of('connected.leased', 'connected.leaving', 'connected.resetting'),
      idle: of('idle.ready', 'idle.checking'),
      closing: of('closing.pending', 'closing.graceful', 'closing.empty'),
      leases,
      waiting: 0,
      opened: totals.opened,
      closed: { ...totals.closed },
      acquired: totals.acquired,
      timedOut: totals.timedOut,
      aborted: 0,
      rejected: totals.refused.max + totals.refused.client + totals.refused.closing,
      abandoned: totals.abandoned,
      late: 0,
      refused: { ...totals.refused },
      clients: held.clients.size,
    }
  }

  *connections(): Iterable<InboundConnectionInfo> {
    for (const connection of this.held.all) yield connection.snapshot()
  }

  flush(client?: string): void {
    const { held } = this
    if (client === undefined) held.generation++
    for (const connection of [...held.all]) {
      if (client === undefined || connection.client === client) held.end(connection, 'stale')
    }
    if (this.hears('flush')) {
      this.tell('flush', { generation: held.generation, ...(client === undefined ? {} : { client }) })
    }
  }

  close(options?: GuardCloseOptions): Promise<void> {
    let read: Required<GuardCloseOptions>
    try {
      read = readGroup('close', options, { timeout: duration(30_000), delay: duration(0, true) })
    } catch (error) {
      return Promise.reject(error)
    }
    const { timeout, delay } = read
    const closing = this.#beginClosing()
    if (this.#state === 'closed') return closing.promise
    this.#endBy(closing, this.held.now() + timeout)
    if (delay === 0) this.#drain()
    else if (!this.#hasStopped) this.held.wheel.arm(new Alarm(() => this.#drain()), this.held.now() + delay)
    return closing.promise
  }

  destroy(): Promise<void> {
    const closing = this.#beginClosing()
    if (this.#state !== 'closed') this.#revoke()
    return closing.promise
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #beginClosing(): Closing {
    if (this.#closing !== undefined) return this.#closing
    this.#state = 'closing'
    this.held.wheel.holdProcess(true)
    let resolve = () => {}
    const promise = new Promise<void>((done) => {
      resolve = done
    })
    const deadline = new Alarm(() => this.#revoke())
    this.#closing = { promise, deadline, resolve, at: Number.POSITIVE_INFINITY }
    return this.#closing
  }

  #endBy(closing: Closing, at: number): void {
    if (at >= closing.at) return
    closing.at = at
    this.held.wheel.arm(closing.deadline, at)
  }

  #drain(): void {
    if (this.#hasStopped) return
    this.#hasStopped = true
    const { held } = this
    held.whenEmpty = () => this.#finish()
    this.#server?.stop(() => {
      this.#serverClosed = true
      this.#finish()
    })
    held.admission.isOpen = false
    for (const connection of [...held.all]) held.end(connection, 'pool-closed')
    this.#finish()
  }

  #revoke(): void {
    this.#drain()
    const { held } = this
    for (const connection of [...held.all]) {
      if (connection.leases > 0) connection.closeReason = 'revoked'
      held.destroy(connection, 'pool-closed')
    }
    held.lastWords.destroyAll()
    this.#server?.destroyRest?.()
    // Sockets that came before the guard may keep the server open for ever: nobody waits for them.
    setImmediate(() => {
      this.#serverClosed = true
      this.#finish()
    })
  }

  #finish(): void {
    if (!this.#serverClosed || this.held.size > 0 || this.#state !== 'closing') return
    this.#state = 'closed'
    this.held.wheel.clear()
    this.#server?.release()
    this.#closing?.resolve()
    if (this.hears('close')) this.tell('close', {})
  }
}
