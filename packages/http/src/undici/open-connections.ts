import { AsyncResource } from 'node:async_hooks'
import type net from 'node:net'
import type { Clock, CloseReason } from '@millpond/core'
import { errors } from 'undici'
import { ExpiryAlarm } from '../agent/expiry-alarm.js'
import type { ClientHost } from './client-adapter.js'
import { ClientConnection } from './client-connection.js'
import type { DispatchTarget } from './dispatch-target.js'
import { DispatchTargets } from './dispatch-targets.js'
import type { ResolvedDispatcherOptions } from './dispatcher-options.js'
import type { CreateSocketFor } from './socket-maker.js'

/** The connections of one dispatcher, where they lead, and when their servers may close them. */
export class OpenConnections implements ClientHost {
  readonly targets = new DispatchTargets()
  readonly createSocket: CreateSocketFor
  readonly pipelining: number
  /** What the dispatcher was destroyed with. */
  destroyedWith: Error | undefined
  readonly #options: ResolvedDispatcherOptions
  readonly #all = new Set<ClientConnection>()
  readonly #expiry: ExpiryAlarm
  readonly #scope = new AsyncResource('MillpondDispatcher', { requireManualDestroy: true })

  constructor(options: ResolvedDispatcherOptions, clock: Clock) {
    this.#options = options
    this.createSocket = options.createSocket
    this.pipelining = options.protocol.pipelining
    this.#expiry = new ExpiryAlarm(clock, this.#all)
  }

  hold(target: DispatchTarget): DispatchTarget {
    return this.targets.hold(target)
  }

  letGo(target: DispatchTarget): void {
    this.targets.letGo(target)
  }

  adopt(socket: net.Socket, target: DispatchTarget): ClientConnection {
    const connection = new ClientConnection(socket, target, this.#options.protocol, (gone) => {
      if (this.#all.delete(gone)) this.letGo(gone.target)
    })
    this.#all.add(connection)
    return connection
  }

  endedBy(reason: CloseReason): Error {
    return this.destroyedWith ?? new errors.SocketError(`The pool has ended the connection: ${reason}`)
  }

  /** A request is done with the connection, since then: false when it must not be used again. */
  rest(connection: ClientConnection, since: number): boolean {
    return connection.rest(since, this.#options.keepAliveMargin)
  }

  /** A connection has come to rest that its server may close then. */
  note(expiresAt: number): void {
    if (expiresAt < this.#expiry.due) this.#scope.runInAsyncScope(() => this.#expiry.note(expiresAt))
  }

  /** Nothing is left. */
  stop(): void {
    this.#expiry.stop()
  }
}
