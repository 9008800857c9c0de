import type { Connection, ListeningLease } from '../connection/connection.js'
import type { ConnectionInfo } from '../connection/connection-info.js'
import { LeaseReleasedError } from '../errors/lease-released-error.js'

/** A borrower's handle on one connection, from a granted acquire until one of `release`, `retire`, `destroy` or `detach`. */
export interface Lease<R> extends Disposable, AsyncDisposable {
  /** The adapter's value. Throws `LeaseReleasedError` once the lease has ended. */
  readonly resource: R
  /** A live read-only view of the connection behind it. */
  readonly connection: ConnectionInfo
  /** False on a connection's first lease: it cannot be stale yet. */
  readonly reused: boolean
  /** Made on first use; aborted when the connection is lost, revoked or destroyed under the borrower. */
  readonly signal: AbortSignal
  /** Gives it back to the pool. A second call does nothing but emit `misuse`. */
  release(): void
  /** Gives it back to be closed gracefully instead of kept. */
  retire(): void
  /** Ends the connection now: after an error that left it in an unknown state. */
  destroy(error?: Error): void
  /** Takes the resource out of the pool for good; the caller owns it from here. Throws `LeaseReleasedError` after the end. */
  detach(): R
}

/** How a lease comes back. */
export interface LeaseOwner<R> {
  readonly name: string
  release(lease: PoolLease<R>, silent: boolean): void
  retireLease(lease: PoolLease<R>): void
  destroyLease(lease: PoolLease<R>, error: Error | undefined): void
  detachLease(lease: PoolLease<R>): R
}

/** Its fields are public to the pool alone: callers have the interface. Private ones would double its cost. */
export class PoolLease<R> implements Lease<R>, ListeningLease {
  // Every promise that resolves with a lease asks for its `then`. Told here that there is none, it need not search the
  // rest of the prototype chain: a tenth of an acquire.
  static {
    Object.defineProperty(PoolLease.prototype, 'then', { value: undefined })
  }

  readonly owner: LeaseOwner<R>
  readonly entry: Connection<R>
  readonly reused: boolean
  ended: boolean
  aborter: AbortController | undefined

  constructor(owner: LeaseOwner<R>, entry: Connection<R>) {
    this.owner = owner
    this.entry = entry
    this.reused = entry.uses > 0
    this.ended = false
    this.aborter = undefined
  }

  get resource(): R {
    if (this.ended) throw new LeaseReleasedError(this.owner.name, this.entry.id, 'resource')
    return this.entry.resource as R
  }

  get connection(): ConnectionInfo {
    return this.entry.info
  }

  /** When it was granted. */
  get leasedAt(): number {
    return this.entry.since
  }

  /** The connection has ended under the borrower; the lease stays in the borrower's hand. */
  get cutOff(): boolean {
    return !this.ended && !this.entry.isHeld
  }

  get cutOffReason(): unknown {
    return this.entry.error
  }

  get signal(): AbortSignal {
    if (this.aborter === undefined) {
      this.aborter = new AbortController()
      if (this.cutOff) this.aborter.abort(this.cutOffReason)
      else if (!this.ended) this.entry.listeningLease = this
    }
    return this.aborter.signal
  }

  tell(reason: unknown): void {
    this.aborter?.abort(reason)
  }

  release(): void {
    this.owner.release(this, false)
  }

  retire(): void {
    this.owner.retireLease(this)
  }

  destroy(error?: Error): void {
    this.owner.destroyLease(this, error)
  }

  detach(): R {
    return this.owner.detachLease(this)
  }

  [Symbol.dispose](): void {
    this.owner.release(this, true)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.owner.release(this, true)
  }
}
