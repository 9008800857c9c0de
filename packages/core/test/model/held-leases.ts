import { isPoolError, type Lease } from '../../src/index.js'
import type { ModelResource } from './model-resource.js'
import type { ModelWorld } from './model-world.js'
import { pick } from './pick.js'
import type { ClientName } from './program.js'
import { Violation } from './violation.js'

/** A lease in a caller's hands. */
export interface HeldLease {
  readonly id: number
  readonly lease: Lease<ModelResource>
  readonly resource: ModelResource
  readonly client: ClientName
  readonly since: number
}

/** All leases in callers' hands, and what a borrower can see of them. */
export class HeldLeases {
  readonly all: HeldLease[] = []
  /** Ended leases, to be misused. */
  readonly ended: HeldLease[] = []
  readonly #world: ModelWorld

  constructor(world: ModelWorld) {
    this.#world = world
  }

  /** Leases in hand of connections that have not ended under them. */
  get live(): HeldLease[] {
    return this.all.filter(({ lease }) => isLive(lease))
  }

  holdersOf(resource: ModelResource): number {
    let holders = 0
    for (const held of this.all) if (held.resource === resource && isLive(held.lease)) holders++
    return holders
  }

  leasesOf(client: ClientName): number {
    let leases = 0
    for (const held of this.all) if (held.client === client && isLive(held.lease)) leases++
    return leases
  }

  /** A lease has been granted. */
  take(id: number, lease: Lease<ModelResource>, client: ClientName): HeldLease {
    const world = this.#world
    const { resource } = lease
    world.log(`acquire ${id} gets ${resource}`)
    const isLent = isLive(lease)
    const holders = this.holdersOf(resource)
    if (isLent && holders >= resource.mostTold) {
      world.violate(new Violation(1, `${resource} was lent to ${id} while ${holders} have it: it carries so many`))
    }
    if (holders > 0) world.saw('shared')
    if (!world.resources.includes(resource)) world.violate(new Violation(1, `${resource} was lent before it was open`))
    if (resource.detached) world.violate(new Violation(8, `the detached ${resource} was lent`))
    if (isLent) {
      if (resource.ended) world.violate(new Violation(8, `${resource} was lent after its end`))
      if (resource.reported) world.violate(new Violation(8, `${resource} was lent after it was lost`))
      if (lease.connection.uses > resource.lastUses) {
        world.violate(new Violation(8, `${resource} was lent after a failed check or reset, or a policy's verdict`))
      }
      if (resource.call !== undefined)
        world.violate(new Violation(1, `${resource} was lent during its ${resource.call.what}`))
    }
    const held = { id, lease, resource, client, since: world.clock.now() }
    this.all.push(held)
    this.checkShare(client)
    return held
  }

  /** 5: a client has no more than its share. */
  checkShare(client: ClientName): void {
    const { perClient } = this.#world.program.options.acquire ?? {}
    if (typeof perClient !== 'object' || client === undefined) return
    const leases = this.leasesOf(client)
    if (leases > perClient.max) {
      this.#world.violate(new Violation(5, `client ${client} has ${leases} leases of at most ${perClient.max}`))
    }
  }

  /** It is in nobody's hand any more. */
  drop(held: HeldLease): void {
    const place = this.all.indexOf(held)
    if (place >= 0) this.all.splice(place, 1)
  }

  /** Ends one of the leases, and with it its connection as soon as nobody else has that: the others finish. */
  endConnection(nth: number, how: (lease: Lease<ModelResource>) => void): void {
    const { acts } = this.#world
    this.end(nth, (lease, resource) => {
      if (!isLive(lease)) {
        how(lease)
        return
      }
      resource.condemn(lease.connection.uses)
      const others = this.live.filter((held) => held.resource === resource)
      how(lease)
      // Whoever called the pool meanwhile may have ended it.
      if (acts !== this.#world.acts || others.every((other) => isLive(other.lease))) return
      this.#world.violate(new Violation(1, `${resource} ended with one lease under ${others.length} others`))
    })
  }

  /** Ends one of the leases. */
  end(nth: number, how: (lease: Lease<ModelResource>, resource: ModelResource) => void): void {
    const held = pick(this.all, nth)
    if (held === undefined) return
    this.drop(held)
    this.ended.push(held)
    how(held.lease, held.resource)
  }

  detach(nth: number): void {
    const held = pick(this.all, nth)
    if (held === undefined) return
    const { lease, resource } = held
    const isLent = isLive(lease)
    const { leases } = lease.connection
    const isShared = isLent && leases > 1
    // Of a connection that has ended already nothing can be taken out.
    if (!isShared) {
      if (isLent) resource.detached = true
      this.drop(held)
      this.ended.push(held)
    }
    try {
      lease.detach()
      if (isShared) this.#world.violate(new Violation(1, `${resource} was detached from ${leases} borrowers`))
    } catch (error) {
      if (!isShared || !isPoolError(error, 'ERR_POOL_CONNECTION_SHARED')) throw error
      this.#world.saw('fails:ConnectionSharedError')
    }
  }
}

/** Its connection has not ended under its borrower, and it was not taken away. */
function isLive({ connection, signal }: Lease<ModelResource>): boolean {
  return connection.state.startsWith('connected') && !signal.aborted
}
