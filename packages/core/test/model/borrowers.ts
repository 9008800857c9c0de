import { AsyncResource } from 'node:async_hooks'
import { isPoolError, type Lease, PoolError } from '../../src/index.js'
import type { ModelResource } from './model-resource.js'
import type { ModelWorld } from './model-world.js'
import { insideUse, isInsideUse } from './nesting-oracle.js'
import { pick } from './pick.js'
import type { AcquireAction, ClientName, UseAction } from './program.js'
import { type PendingAcquire, ServingOrder } from './serving-order.js'
import { Violation } from './violation.js'

/** A lease in a caller's hands. */
export interface HeldLease {
  readonly id: number
  readonly lease: Lease<ModelResource>
  readonly resource: ModelResource
  readonly client: ClientName
  readonly since: number
}

/** Everybody who acquires, and what a borrower can see. */
export class Borrowers {
  readonly pending = new Map<number, PendingAcquire>()
  readonly held: HeldLease[] = []
  /** Ended leases, to be misused. */
  readonly ended: HeldLease[] = []
  /** Listeners that signals have. */
  abortListeners = 0
  readonly #world: ModelWorld
  readonly #order: ServingOrder
  #ids = 0

  constructor(world: ModelWorld) {
    this.#world = world
    this.#order = new ServingOrder(world)
  }

  /** Leases in hand of connections that have not ended under them. */
  get live(): HeldLease[] {
    return this.held.filter(({ lease }) => isLive(lease))
  }

  holdersOf(resource: ModelResource): number {
    let holders = 0
    for (const held of this.held) if (held.resource === resource && isLive(held.lease)) holders++
    return holders
  }

  leasesOf(client: ClientName): number {
    let leases = 0
    for (const held of this.held) if (held.client === client && isLive(held.lease)) leases++
    return leases
  }

  acquire({ timeout, fresh, signal, priority, client }: AcquireAction): void {
    const world = this.#world
    const aborter = signal ? new AbortController() : undefined
    if (aborter !== undefined) this.#countListeners(aborter.signal)
    const acquire = this.#begin({ timeout, fresh, priority, client, aborter, isUse: false })
    const options = {
      ...(timeout === undefined ? {} : { timeout }),
      ...(fresh ? { fresh } : {}),
      ...(aborter === undefined ? {} : { signal: aborter.signal }),
      ...(priority === 0 ? {} : { priority }),
      ...(client === undefined ? {} : { client }),
    }
    if (priority !== 0) world.saw('acquire:priority')
    if (client !== undefined) world.saw('acquire:client')
    const isNested = isInsideUse()
    const promise = Object.keys(options).length === 0 ? world.pool.acquire() : world.pool.acquire(options)
    promise.then(
      (lease) => {
        if (acquire.aborted) world.log(`(acquire ${acquire.id} had been granted before it was aborted)`)
        this.#served(acquire, isNested)
        this.#take(acquire.id, lease, client)
      },
      (error) => this.#failed(acquire, isNested, error),
    )
  }

  tryAcquire(client: ClientName): void {
    const { pool } = this.#world
    const { waiting } = pool.stats()
    const lease = client === undefined ? pool.tryAcquire() : pool.tryAcquire({ client })
    if (lease === undefined) return
    // With shares, those that wait may be waiting for theirs.
    if (waiting > 0 && !this.#world.program.options.acquire?.perClient) {
      this.#world.violate(new Violation(5, `tryAcquire overtook ${waiting} waiters`))
    }
    this.#take(++this.#ids, lease, client)
  }

  async use(action: UseAction): Promise<void> {
    const { client, fails } = action
    const failure = new Error('the borrower fails')
    const acquire = this.#begin({
      timeout: undefined,
      fresh: false,
      priority: 0,
      client,
      aborter: undefined,
      isUse: true,
    })
    const isNested = isInsideUse()
    const borrow = (_: ModelResource, lease: Lease<ModelResource>) => {
      this.#served(acquire, isNested)
      const held = this.#take(acquire.id, lease, client)
      const giveBack = () => {
        this.#drop(held)
        if (fails) throw failure
      }
      return insideUse(() => {
        if (action.ms === 0 && action.inside === undefined) return giveBack()
        return this.#work(action).finally(giveBack)
      })
    }
    try {
      await this.#world.pool.use(borrow, client === undefined ? undefined : { client })
    } catch (error) {
      if (this.pending.has(acquire.id)) this.#failed(acquire, isNested, error)
      else if (error !== failure) expectPoolError(this.#world, error)
    }
  }

  abort(nth: number): void {
    const waiting = [...this.pending.values()].filter(({ aborter }) => aborter !== undefined)
    const acquire = pick(waiting, nth)
    if (acquire === undefined) return
    acquire.aborted = true
    acquire.aborter?.abort()
  }

  /** Ends one of the leases; one that may not be ended like this stays. */
  end(nth: number, how: (lease: Lease<ModelResource>, resource: ModelResource) => void): void {
    const held = pick(this.held, nth)
    if (held === undefined) return
    this.#drop(held)
    this.ended.push(held)
    how(held.lease, held.resource)
  }

  detach(nth: number): void {
    const held = pick(this.held, nth)
    if (held === undefined) return
    const { lease, resource } = held
    const isLent = isLive(lease)
    const { leases } = lease.connection
    const isShared = isLent && leases > 1
    // Of a connection that has ended already nothing can be taken out.
    if (!isShared) {
      if (isLent) resource.detached = true
      this.#drop(held)
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

  #begin(
    asked: Pick<PendingAcquire, 'fresh' | 'priority' | 'client' | 'aborter' | 'isUse'> & {
      readonly timeout: number | undefined
    },
  ): PendingAcquire {
    const { program, clock, step, isNested: nested } = this.#world
    const { timeout = program.options.acquire?.timeout ?? 30_000, ...rest } = asked
    const since = clock.now()
    const mutable = { aborted: false, passedByHigher: 0, passedBy: new Map<string, number>() }
    const acquire = { id: ++this.#ids, step, since, deadline: since + timeout, nested, ...rest, ...mutable }
    this.pending.set(acquire.id, acquire)
    return acquire
  }

  #served(acquire: PendingAcquire, isNested: boolean): void {
    this.pending.delete(acquire.id)
    this.#order.served(acquire)
    if (isNested && this.#nesting === 'error') {
      this.#world.violate(new Violation(3, `the nested acquire ${acquire.id} was granted`))
    }
  }

  #failed(acquire: PendingAcquire, isNested: boolean, error: unknown): void {
    const { id, deadline } = acquire
    const { clock } = this.#world
    this.pending.delete(id)
    expectPoolError(this.#world, error)
    this.#world.log(`acquire ${id} fails: ${(error as Error).name}`)
    this.#world.saw(`fails:${(error as Error).name}`)
    if (isPoolError(error, 'ERR_POOL_ACQUIRE_TIMEOUT') && clock.now() < deadline) {
      this.#world.violate(new Violation(3, `acquire ${id} timed out at ${clock.now()}, before ${deadline}`))
    }
    if (isPoolError(error, 'ERR_POOL_NESTED_ACQUIRE') && !(isNested && this.#nesting === 'error')) {
      this.#world.violate(new Violation(3, `acquire ${id} was taken for a nested one`))
    }
  }

  get #nesting(): 'off' | 'warn' | 'error' {
    return this.#world.program.options.acquire?.nested ?? 'off'
  }

  #take(id: number, lease: Lease<ModelResource>, client: ClientName): HeldLease {
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
    this.held.push(held)
    this.#checkShare(client)
    return held
  }

  #checkShare(client: ClientName): void {
    const { perClient } = this.#world.program.options.acquire ?? {}
    if (typeof perClient !== 'object' || client === undefined) return
    const leases = this.leasesOf(client)
    if (leases > perClient.max) {
      this.#world.violate(new Violation(5, `client ${client} has ${leases} leases of at most ${perClient.max}`))
    }
  }

  #drop(held: HeldLease): void {
    const place = this.held.indexOf(held)
    if (place >= 0) this.held.splice(place, 1)
  }

  async #work({ inside, outlives, ms }: UseAction): Promise<void> {
    const { clock } = this.#world
    if (inside !== undefined && outlives) {
      const later = AsyncResource.bind(() => this.#world.act(inside, 'by what outlived its use'))
      clock.setTimeout(later, 2 * ms + 5)
    } else if (inside?.do === 'use') {
      this.#world.saw('nested use')
      await this.use(inside)
    } else if (inside !== undefined) {
      this.#world.act(inside, 'inside a use')
    }
    if (ms > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
  }

  #countListeners(signal: AbortSignal): void {
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      this.abortListeners++
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      this.abortListeners--
      remove(...args)
    }
  }
}

/** Its connection has not ended under its borrower, and it was not taken away. */
function isLive({ connection, signal }: Lease<ModelResource>): boolean {
  return connection.state.startsWith('connected') && !signal.aborted
}

/** Whatever fails in a pool fails with one of its errors. */
export function expectPoolError({ violate }: ModelWorld, error: unknown): void {
  if (!(error instanceof PoolError)) violate(new Violation(3, `what failed should not fail with: ${error}`))
}
