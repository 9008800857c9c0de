import { channel } from 'node:diagnostics_channel'
import type { Lease } from '@millpond/core'
import type { ClientConnection } from './client-connection.js'
import type { DispatchTarget } from './dispatch-target.js'

/** Requests on one lease at most: then the pool has its say of age, flushes and who is next. */
const TURNS = 8

const acquired = channel('millpond:acquire')
const released = channel('millpond:release')
const stepped = channel('millpond:transition')

/**
 * A request that is over may leave its lease to the next: to one that waits, or to one that comes in the same turn of the
 * event loop. Under load, that spares the pool most of what it would do in between. A lease that nobody takes over goes
 * back to the pool at the end of the turn.
 */
export class Handover {
  readonly #targets: DispatchTarget[] = []
  /** Somebody wants to hear of every lease. */
  isWatched = false
  #epoch = 0

  /** A lease has come from the pool. */
  begin(connection: ClientConnection): void {
    connection.turns = 1
    connection.epoch = this.#epoch
  }

  /** Whether a request that is over may leave its lease to another. */
  mayContinue({ turns, epoch }: ClientConnection): boolean {
    return turns < TURNS && epoch === this.#epoch && !this.isWatched && !isPublished()
  }

  /** For the next request of this turn. */
  keep(lease: Lease<ClientConnection>, target: DispatchTarget): void {
    if (target.spare === undefined) {
      target.spare = lease
      this.#targets.push(target)
    } else if (target.moreSpare === undefined) target.moreSpare = [lease]
    else target.moreSpare.push(lease)
  }

  /** A request takes over a lease. */
  continue(connection: ClientConnection): void {
    connection.turns++
  }

  take(target: DispatchTarget): Lease<ClientConnection> | undefined {
    const lease = pop(target)
    if (lease !== undefined) this.continue(lease.resource)
    return lease
  }

  /** One of the leases that nobody has taken over, until there is none. */
  nextLeft(): Lease<ClientConnection> | undefined {
    for (;;) {
      const target = this.#targets.at(-1)
      if (target === undefined) return undefined
      const lease = pop(target)
      if (lease !== undefined) return lease
      this.#targets.pop()
    }
  }

  /** Whatever is lent now goes back to the pool as soon as its request is over. */
  flush(): void {
    this.#epoch++
  }
}

/** The one that was kept last. */
function pop(target: DispatchTarget): Lease<ClientConnection> | undefined {
  const lease = target.moreSpare?.pop() ?? target.spare
  if (lease === target.spare) target.spare = undefined
  return lease as Lease<ClientConnection> | undefined
}

function isPublished(): boolean {
  return acquired.hasSubscribers || released.hasSubscribers || stepped.hasSubscribers
}
