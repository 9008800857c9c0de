import type { Lease } from '@millpond/core'
import type { Dispatcher } from 'undici'
import type { ClientConnection } from './client-connection.js'
import type { DispatchTarget } from './dispatch-target.js'
import type { Place } from './waiting-line.js'

/** Whom an exchange tells of how it goes. */
export interface ExchangeOwner {
  /** It was answered: nothing more will come. */
  completed(exchange: Exchange): void
  /** Its connection cannot, or can no longer, carry it. Tells the handler, or has the request sent again. */
  failed(exchange: Exchange, error: Error): void
  /** The socket is its handler's. */
  upgraded(exchange: Exchange): void
  /** Its handler has given it up while it waited. */
  abandoned(exchange: Exchange, reason: Error | undefined): void
}

/**
 * One request and its answer, from `dispatch` to the end: undici's handler for the client that carries it, in front of
 * the handler that the caller has given. It may be given to one client after the other.
 */
export abstract class Exchange {
  readonly options: Dispatcher.DispatchOptions
  protected readonly owner: ExchangeOwner
  readonly target: DispatchTarget
  connection: ClientConnection | undefined = undefined
  lease: Lease<ClientConnection> | undefined = undefined
  /** While it waits for a connection: where that leads. */
  queuedFor: DispatchTarget | undefined = undefined
  /** Its own place in the queue, where it shares in no line. */
  place: Place | undefined = undefined
  /** Since when it waits in a line, in ms of the pool's clock. */
  waitsSince = 0
  /** The present client has begun to write it. */
  isSent = false
  /** A byte of the answer has come. */
  isAnswered = false
  /** How often it was sent in vain. */
  resends = 0
  isOver = false
  /** Its handler has given it up after it was given to a client, and before that had begun. */
  abortedWith: { readonly reason: Error | undefined } | undefined = undefined

  constructor(owner: ExchangeOwner, target: DispatchTarget, options: Dispatcher.DispatchOptions) {
    this.owner = owner
    this.target = target
    this.options = options
  }

  /** Tells the handler how to give the request up, though it has no connection yet. */
  abstract announce(): void
  /** Tells the handler that the request has failed. */
  abstract tell(error: Error): void
  /** Gives up a request that a client has begun to write. */
  protected abstract stop(reason: Error | undefined): void

  /** Given to a client that has not begun yet. */
  lend(lease: Lease<ClientConnection>, connection: ClientConnection): void {
    this.lease = lease
    this.connection = connection
    this.isSent = false
    this.isAnswered = false
  }

  /** Its connection is gone, and it was not this side that ended it. */
  loseConnection(): void {
    const { connection, lease } = this
    if (connection === undefined || lease === undefined) return
    this.lease = undefined
    connection.users--
    connection.lose()
    lease.release()
  }

  /** What is left on its connection would be taken for the answer to another request. */
  destroyConnection(error: Error): void {
    const { connection, lease } = this
    if (connection === undefined || lease === undefined) return
    this.lease = undefined
    connection.users--
    lease.destroy(error)
  }

  /** What the handler was given to give the request up. */
  abort(reason?: Error): void {
    if (this.isOver) return
    if (this.queuedFor !== undefined) this.owner.abandoned(this, reason)
    else if (this.isSent) this.stop(reason)
    else this.abortedWith ??= { reason }
  }

  /** The client begins: false when the handler has given the request up meanwhile. */
  protected start(stop: (reason?: Error) => void): boolean {
    this.isSent = true
    if (this.abortedWith === undefined) return true
    stop(this.abortedWith.reason)
    return false
  }
}
