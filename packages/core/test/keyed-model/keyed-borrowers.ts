import { isPoolError, type Lease, PoolError } from '../../src/index.js'
import { pick } from '../model/pick.js'
import { Violation } from '../model/violation.js'
import type { AcquireAction } from './keyed-program.js'
import type { KeyedResource } from './keyed-resource.js'
import type { KeyedWorld } from './keyed-world.js'
import type { ModelledPool } from './modelled-pool.js'

/** An acquire that has not settled, as its caller knows it. */
export interface PendingAcquire {
  readonly id: number
  readonly key: string
  /** The command during which it was called. */
  readonly step: number
  readonly since: number
  readonly deadline: number
  readonly fresh: boolean
  readonly nested: boolean
  /** One of `use`: what came of it is heard a little later. */
  readonly isUse: boolean
  readonly aborter: AbortController | undefined
  /** The pool that it waits for; undefined where there was none to wait for. */
  pool: ModelledPool | undefined
  /** That pool had been told to close before: the key should have begun anew. */
  isTooLate: boolean
  aborted: boolean
}

export interface HeldLease {
  readonly id: number
  readonly lease: Lease<KeyedResource>
  readonly resource: KeyedResource
  /** Given back by whoever took it, not by a command. */
  readonly busy: boolean
}

/** Everybody who acquires, and what a borrower can see. */
export class KeyedBorrowers {
  readonly pending = new Map<number, PendingAcquire>()
  readonly held: HeldLease[] = []
  /** What came of all acquires so far, as the stats should say. */
  readonly outcomes = { acquired: 0, timedOut: 0, aborted: 0, rejected: 0 }
  abortListeners = 0
  /** At the end nobody asks for more. */
  resting = false
  readonly #world: KeyedWorld
  #ids = 0

  constructor(world: KeyedWorld) {
    this.#world = world
  }

  get live(): HeldLease[] {
    return this.held.filter(({ lease }) => !lease.signal.aborted)
  }

  holdersOf(resource: KeyedResource): number {
    return this.live.filter((held) => held.resource === resource).length
  }

  acquire(key: string, { timeout, fresh, signal }: Omit<AcquireAction, 'do' | 'key'>): void {
    const aborter = signal ? new AbortController() : undefined
    if (aborter !== undefined) this.#countListeners(aborter.signal)
    const asked = this.#begin(key, { timeout, fresh, aborter })
    const options = {
      ...(timeout === undefined ? {} : { timeout }),
      ...(fresh ? { fresh } : {}),
      ...(aborter === undefined ? {} : { signal: aborter.signal }),
    }
    const { house } = this.#world
    const promise = this.#ask(asked, () =>
      Object.keys(options).length === 0 ? house.acquire(key) : house.acquire(key, options),
    )
    promise.then(
      (lease) => {
        this.#served(asked)
        this.#take(asked.id, lease, false)
      },
      (error) => this.#failed(asked, error),
    )
  }

  acquireAborted(key: string): void {
    const asked = this.#begin(key, {})
    this.#world.house.acquire(key, { signal: AbortSignal.abort() }).then(
      () => this.#world.violate(new Violation(3, 'an aborted signal did not win')),
      (error) => this.#failed(asked, error),
    )
  }

  tryAcquire(key: string): void {
    const before = [...this.pending.values()].filter((asked) => asked.key === key && !asked.fresh)
    const waiting = this.#world.poolOf(key)?.closed === false ? before : []
    const { size } = this.#world.house.tally()
    const lease = this.#world.house.tryAcquire(key)
    if (lease === undefined) return
    this.outcomes.acquired++
    this.#world.saw('tryAcquire:lease')
    const overtaken = waiting.find(({ aborted, step }) => !aborted && step < this.#world.step)
    if (overtaken !== undefined && !this.#world.isNested) {
      this.#world.violate(new Violation(5, `tryAcquire overtook acquire ${overtaken.id} (${size} connections)`))
    }
    this.#take(++this.#ids, lease, false)
  }

  async use(key: string, ms: number): Promise<void> {
    const asked = this.#begin(key, { isUse: true })
    try {
      const borrow = async (_: KeyedResource, lease: Lease<KeyedResource>) => {
        this.#served(asked)
        const held = this.#take(asked.id, lease, true)
        if (ms > 0) await new Promise<void>((resolve) => this.#world.clock.setTimeout(resolve, ms))
        this.#drop(held)
      }
      await this.#ask(asked, () => this.#world.house.use(key, borrow))
    } catch (error) {
      if (!this.pending.has(asked.id)) throw error
      this.#failed(asked, error)
    }
  }

  /** Takes a lease again and again. */
  async work(key: string, rounds: number, ms: number): Promise<void> {
    for (let round = 0; round < rounds && !this.resting; round++) {
      const asked = this.#begin(key, {})
      let lease: Lease<KeyedResource>
      try {
        lease = await this.#ask(asked, () => this.#world.house.acquire(key))
      } catch (error) {
        this.#failed(asked, error)
        return
      }
      this.#served(asked)
      const held = this.#take(asked.id, lease, true)
      await new Promise<void>((resolve) => this.#world.clock.setTimeout(resolve, ms))
      this.#drop(held)
      lease.release()
    }
  }

  abort(nth: number): void {
    const asked = pick(
      [...this.pending.values()].filter(({ aborter }) => aborter !== undefined),
      nth,
    )
    if (asked === undefined) return
    asked.aborted = true
    asked.aborter?.abort()
  }

  /** Ends one of the leases that are not busy. */
  end(nth: number, how: (lease: Lease<KeyedResource>) => void): boolean {
    const held = pick(
      this.held.filter(({ busy }) => !busy),
      nth,
    )
    if (held === undefined) return false
    this.#drop(held)
    how(held.lease)
    return true
  }

  detach(nth: number): void {
    const free = this.held.filter(({ busy, lease }) => !busy && lease.connection.leases === 1)
    const held = pick(free, nth)
    if (held === undefined) return
    if (!held.lease.signal.aborted) held.resource.detached = true
    this.#drop(held)
    held.lease.detach()
  }

  #begin(
    key: string,
    given: {
      readonly timeout?: number | undefined
      readonly fresh?: boolean
      readonly isUse?: boolean
      readonly aborter?: AbortController | undefined
    },
  ): PendingAcquire {
    const { clock, program, step, isNested: nested } = this.#world
    const { timeout = program.options.acquire?.timeout as number, fresh = false, isUse = false, aborter } = given
    const since = clock.now()
    const told = { since, deadline: since + timeout, step, nested }
    const mutable = { pool: undefined, isTooLate: false, aborted: false }
    const asked = { id: ++this.#ids, key, fresh, isUse, aborter, ...told, ...mutable }
    this.pending.set(asked.id, asked)
    return asked
  }

  /** Calls, and notes which pool it is that is waited for. */
  #ask<T>(asked: PendingAcquire, call: () => T): T {
    const world = this.#world
    const before = world.poolOf(asked.key)
    const wasClosed = before?.closed === true && world.closed === 'no'
    const result = call()
    asked.pool = world.poolOf(asked.key)
    asked.isTooLate = wasClosed && asked.pool === before && world.closed === 'no'
    return result
  }

  #served(asked: PendingAcquire): void {
    this.outcomes.acquired++
    this.pending.delete(asked.id)
    this.#world.log(`acquire ${asked.id} of ${asked.key} is granted`)
    if (this.#world.program.options.acquire?.order !== 'fifo' || asked.nested || asked.fresh) return
    for (const other of this.pending.values()) {
      const isComparable = other.pool === asked.pool && !other.fresh && !other.nested && !other.isUse
      if (!isComparable || other.id > asked.id) continue
      this.#world.violate(new Violation(5, `acquire ${asked.id} was served before acquire ${other.id}`))
    }
  }

  #failed(asked: PendingAcquire, error: unknown): void {
    this.pending.delete(asked.id)
    expectPoolError(error)
    const { name } = error as Error
    const { clock } = this.#world
    if (name === 'TimeoutError') this.outcomes.timedOut++
    else if (name === 'AbortError') this.outcomes.aborted++
    else this.outcomes.rejected++
    this.#world.log(`acquire ${asked.id} of ${asked.key} fails: ${name}`)
    this.#world.saw(`fails:${name}`)
    if (isPoolError(error, 'ERR_POOL_ACQUIRE_TIMEOUT') && clock.now() < asked.deadline) {
      this.#world.violate(new Violation(3, `acquire ${asked.id} timed out before ${asked.deadline}`))
    }
    if (isPoolError(error, 'ERR_POOL_CLOSED') && asked.isTooLate) {
      this.#world.violate(new Violation(7, `${asked.key} does not begin anew after it was closed`))
    }
  }

  #take(id: number, lease: Lease<KeyedResource>, busy: boolean): HeldLease {
    const world = this.#world
    const { resource } = lease
    world.log(`acquire ${id} gets ${resource}`)
    if (!lease.signal.aborted) {
      const holders = this.holdersOf(resource)
      const most = world.program.has.capacity ?? 1
      if (holders >= most) world.violate(new Violation(1, `${resource} was lent to ${id} while ${holders} have it`))
      if (holders > 0) world.saw('shared')
      if (resource.ended) world.violate(new Violation(8, `${resource} was lent after its end`))
      if (resource.reported || resource.condemned)
        world.violate(new Violation(8, `${resource} was lent after a failure`))
      if (resource.flushedAt < world.step) world.violate(new Violation(8, `${resource} was lent after it was flushed`))
      if (resource.detached) world.violate(new Violation(8, `the detached ${resource} was lent`))
      if (resource.call !== undefined) {
        world.violate(new Violation(1, `${resource} was lent during its ${resource.call.what}`))
      }
    }
    if (lease.connection.key !== undefined && lease.connection.key !== resource.pool.key) {
      world.violate(new Violation(1, `${resource} says that it is of ${lease.connection.key}`))
    }
    resource.uses++
    const held = { id, lease, resource, busy }
    this.held.push(held)
    return held
  }

  #drop(held: HeldLease): void {
    const place = this.held.indexOf(held)
    if (place >= 0) this.held.splice(place, 1)
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
export function expectPoolError(error: unknown): void {
  if (!(error instanceof PoolError)) throw error
}
