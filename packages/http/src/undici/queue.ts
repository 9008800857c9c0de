import { AcquireTimeoutError, type Clock, type Lease } from '@millpond/core'
import type { ClientConnection } from './client-connection.js'
import { dispatchError } from './dispatch-error.js'
import type { DispatchTarget } from './dispatch-target.js'
import type { DispatcherPool } from './dispatcher-pool.js'
import type { Exchange } from './exchange.js'
import type { Handover } from './handover.js'
import type { OpenConnections } from './open-connections.js'
import { Place } from './waiting-line.js'

/** For whom requests wait. */
export interface QueueOwner {
  /** False when the connection has ended since it was last looked at. */
  assign(exchange: Exchange, lease: Lease<ClientConnection>): boolean
  fail(exchange: Exchange, error: Error): void
}

/** The requests that wait for a connection, and their places in the pool's queue. */
export class Queue {
  readonly #pool: DispatcherPool
  readonly #open: OpenConnections
  readonly #handover: Handover | undefined
  readonly #clock: Clock
  /** ms */
  readonly #timeout: number
  readonly #owner: QueueOwner

  constructor(
    pool: DispatcherPool,
    open: OpenConnections,
    handover: Handover | undefined,
    clock: Clock,
    timeout: number,
    owner: QueueOwner,
  ) {
    this.#pool = pool
    this.#open = open
    this.#handover = handover
    this.#clock = clock
    this.#timeout = timeout
    this.#owner = owner
  }

  /** `fresh`: for a connection that is opened for it. */
  wait(exchange: Exchange, fresh: boolean): void {
    const target = this.#open.hold(exchange.target)
    target.queued++
    exchange.queuedFor = target
    if (fresh || this.#handover === undefined) this.#waitAlone(exchange, target, fresh)
    else {
      exchange.waitsSince = this.#clock.now()
      if (!target.line.join(exchange)) this.#takePlace(target, undefined)
    }
    exchange.announce()
  }

  #waitAlone(exchange: Exchange, target: DispatchTarget, fresh: boolean): void {
    const place = new Place()
    const { signal } = place
    exchange.place = place
    this.#pool.acquire(target, fresh ? { signal, fresh } : { signal }).then(
      (lease) => {
        this.leave(exchange)
        this.#handover?.begin(lease.resource)
        if (exchange.isOver) lease.release()
        else if (!this.#owner.assign(exchange, lease)) this.wait(exchange, fresh)
      },
      (error) => {
        this.leave(exchange)
        if (!exchange.isOver) this.#owner.fail(exchange, dispatchError(error, this.#open.destroyedWith))
      },
    )
  }

  /** For the line of a target. */
  #takePlace(target: DispatchTarget, timeout: number | undefined): void {
    const place = target.line.take()
    const { signal } = place
    this.#pool.acquire(target, timeout === undefined ? { signal } : { signal, timeout }).then(
      (lease) => this.#serveLine(target, place, lease),
      (error) => this.#refuseLine(target, place, error),
    )
  }

  #serveLine({ line }: DispatchTarget, place: Place, lease: Lease<ClientConnection>): void {
    line.settled(place)
    const connection = lease.resource
    const exchange = connection.isUsable ? (line.shift() as Exchange | undefined) : undefined
    if (exchange === undefined) {
      if (!connection.isUsable) connection.lose()
      lease.release()
      if (line.lacksPlace) this.#takePlace(connection.target, undefined)
      return
    }
    this.#handover?.begin(connection)
    this.leave(exchange)
    this.#owner.assign(exchange, lease)
  }

  #refuseLine(target: DispatchTarget, place: Place, error: unknown): void {
    const { line } = target
    line.settled(place)
    if (place.aborted) return
    const head = line.head as Exchange | undefined
    if (head === undefined) return
    if (error instanceof AcquireTimeoutError) {
      // The place was older than the request.
      const left = head.waitsSince + this.#timeout - this.#clock.now()
      if (left > 0) {
        this.#takePlace(target, left)
        return
      }
    }
    line.shift()
    this.leave(head)
    this.#owner.fail(head, dispatchError(error, this.#open.destroyedWith))
  }

  leave(exchange: Exchange): void {
    const target = exchange.queuedFor as DispatchTarget
    exchange.queuedFor = undefined
    exchange.place = undefined
    target.queued--
    this.#open.letGo(target)
  }
}
