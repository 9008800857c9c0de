import { channel } from 'node:diagnostics_channel'
import type { Lease } from '@millpond/core'
import type { ClientConnection } from './client-connection.js'
import type { DispatchTarget } from './dispatch-target.js'

/** Requests on one lease at most: then the pool has its say of age, flushes and who is next. */
const TURNS = 8

const watched = ['acquire', 'release', 'transition'].map((name) => channel(`millpond:${name}`))

/**
 * Leases of requests that were over in this turn of the event loop, kept until its end: a request to the same target that
 * comes meanwhile takes one over. Under load, that spares the pool most of what it would do in between; a lease that is
 * not taken over goes back.
 */
export class Handover {
  readonly #targets: DispatchTarget[] = []
  /** Somebody wants to hear of every lease. */
  isWatched = false
  /** Leases taken over. */
  count = 0
  #epoch = 0

  /** A lease has come from the pool. */
  begin(connection: ClientConnection): void {
    connection.turns = 1
    connection.epoch = this.#epoch
  }

  /** A request is over: false when its lease is to go back to the pool. */
  keep(lease: Lease<ClientConnection>, connection: ClientConnection): boolean {
    const { target } = connection
    if (connection.turns >= TURNS || connection.epoch !== this.#epoch || target.queued > 0) return false
    if (this.isWatched || watched.some(hasSubscribers)) return false
    if (target.spare.push(lease) === 1) this.#targets.push(target)
    return true
  }

  take(target: DispatchTarget): Lease<ClientConnection> | undefined {
    const lease = target.spare.pop()
    if (lease === undefined) return undefined
    this.count++
    lease.resource.turns++
    return lease
  }

  /** The leases that nobody has taken over. */
  *left(): Iterable<Lease<ClientConnection>> {
    for (let target = this.#targets.pop(); target !== undefined; target = this.#targets.pop()) {
      for (let lease = target.spare.pop(); lease !== undefined; lease = target.spare.pop()) yield lease
    }
  }

  /** Whatever is lent now goes back to the pool as soon as its request is over. */
  flush(): void {
    this.#epoch++
  }
}

function hasSubscribers({ hasSubscribers }: { readonly hasSubscribers: boolean }): boolean {
  return hasSubscribers
}
