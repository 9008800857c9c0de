import { AsyncResource } from 'node:async_hooks'
import { isPoolError, type Lease, PoolError } from '../../src/index.js'
import type { ModelResource } from './model-resource.js'
import type { ModelWorld } from './model-world.js'
import { insideUse, isInsideUse } from './nesting-oracle.js'
import { pick } from './pick.js'
import type { AcquireAction, ClientName, UseAction } from './program.js'
import { type PendingAcquire, ServingOrder } from './serving-order.js'
import { Violation } from './violation.js'

/** Everybody who acquires, and what callers can see of their acquires. */
export class Borrowers {
  readonly pending = new Map<number, PendingAcquire>()
  /** Listeners that signals have. */
  abortListeners = 0
  readonly #world: ModelWorld
  readonly #order: ServingOrder
  #ids = 0

  constructor(world: ModelWorld) {
    this.#world = world
    this.#order = new ServingOrder(world)
  }

  /** To be called when nothing is going on. */
  atRest(): void {
    this.#order.atRest()
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
        this.#world.leases.take(acquire.id, lease, client)
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
    this.#world.leases.take(++this.#ids, lease, client)
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
      const held = this.#world.leases.take(acquire.id, lease, client)
      const giveBack = () => {
        this.#world.leases.drop(held)
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
    // A group may have served it with what was granted to another, before it heard that its member refuses it.
    if (isNested && this.#nesting === 'error' && !this.#world.isGroup) {
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

/** Whatever fails in a pool fails with one of its errors. */
export function expectPoolError({ violate }: ModelWorld, error: unknown): void {
  if (!(error instanceof PoolError)) violate(new Violation(3, `what failed should not fail with: ${error}`))
}
