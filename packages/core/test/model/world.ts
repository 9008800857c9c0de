import { createPool, isPoolError, type Lease, type Pool, PoolError } from '../../src/index.js'
import { VirtualClock } from '../virtual-clock.js'
import { checkAtRest, checkNothingLeft } from './invariants.js'
import { type AdapterWorld, type ModelResource, modelledAdapter } from './modelled-adapter.js'
import type { HeldLease, ObservedWorld, PendingAcquire } from './observed-world.js'
import { poolClock } from './pool-clock.js'
import type { Action, Command, Program } from './program.js'
import { Violation } from './violation.js'

/** Nested actions at once, and in a whole program, so that a listener that calls the pool ends some time. */
const DEEPEST = 4
const NESTED_ACTIONS = 60
/** Opens without any time passing that no program has a reason for. */
const HAMMERING = 400

/** Runs one program against a real pool, and remembers what a caller can see. */
export class World implements AdapterWorld, ObservedWorld {
  readonly program: Program
  readonly clock = new VirtualClock(1_000)
  readonly poolClock = poolClock(this.clock, () => {
    this.violate(new Violation(3, 'the pool goes round without end: nobody is served any more'))
  })
  readonly resources: ModelResource[] = []
  readonly pool: Pool<ModelResource>
  readonly pending = new Map<number, PendingAcquire>()
  readonly held: HeldLease[] = []
  /** Ended leases, to be misused. */
  readonly ended: HeldLease[] = []
  readonly timeline: string[] = []
  readonly openFailures = { at: Number.NEGATIVE_INFINITY, running: 0 }
  abortListeners = 0
  /** ms that the command before the present moment let pass. */
  lastAdvance = 0
  lastSettledAt = 0
  /** Calls of warm in progress. */
  warming = 0
  awaitedUses = 0
  closeDeadline = Number.POSITIVE_INFINITY
  step = 0
  closed: 'no' | 'closing' | 'yes' = 'no'
  readonly #saw: (what: string) => void
  readonly #states = new Map<number, string>()
  #violation: Violation | undefined
  #ids = 0
  #depth = 0
  #nested = 0
  #opensAt = 0
  #opensNow = 0

  constructor(program: Program, saw: (what: string) => void) {
    this.program = program
    this.#saw = saw
    const random = mulberry32(program.seed)
    this.pool = createPool<ModelResource>(modelledAdapter(program.adapter, this), {
      ...program.options,
      health: { ...program.options.health, ...(program.adapter.has.check ? {} : { every: Number.POSITIVE_INFINITY }) },
      clock: this.poolClock,
      random,
    })
    // Before the program's own listeners: one that throws keeps an event from those after it.
    this.pool.on('connectError', () => this.trouble())
    if (program.observed) this.#observe()
    for (const { on, actions, throws } of program.listeners) {
      let turn = 0
      this.pool.on(on, () => {
        const action = actions[turn++]
        if (action === undefined) return
        this.act(action, `in a ${on} listener`)
        if (throws) throw new Error(`the ${on} listener throws`)
      })
    }
    this.pool.on('error', ({ error }) => {
      if (isRefusedEvent(error)) this.#escaped(error)
    })
  }

  async run(): Promise<void> {
    process.on('unhandledRejection', this.#escaped)
    try {
      for (const command of this.program.commands) {
        await this.#command(command)
        this.#rethrow()
        checkAtRest(this)
        this.#rethrow()
      }
      await this.#wrapUp()
    } catch (error) {
      if (!(error instanceof Violation)) await this.#crashed(error)
      throw this.#violation ?? error
    } finally {
      process.off('unhandledRejection', this.#escaped)
    }
  }

  saw(what: string): void {
    this.#saw(what)
  }

  log(line: string): void {
    this.timeline.push(
      `${String(Math.round(this.clock.now() - 1_000)).padStart(6)} ms  ${'  '.repeat(this.#depth)}${line}`,
    )
  }

  /** Remembered rather than thrown: the pool catches what its adapters and listeners throw. */
  violate(violation: Violation): void {
    this.log(`✗ ${violation.message}`)
    this.#violation ??= violation
  }

  isLent(resource: ModelResource): boolean {
    return this.held.some((held) => held.resource === resource)
  }

  opening(connectionId: number): void {
    const { size, max, state } = this.pool.stats()
    this.log(`open ${connectionId} (${size} of ${max})`)
    const now = this.clock.now()
    this.#opensNow = now === this.#opensAt ? this.#opensNow + 1 : 1
    this.#opensAt = now
    // Thrown, so that a pool that would go on for ever does not.
    if (this.#opensNow > HAMMERING) {
      this.violate(new Violation(9, `${HAMMERING} opens in one moment`))
      throw new Error('hammering')
    }
    this.openFailures.running++
    if (size > max) this.violate(new Violation(2, `open ${connectionId} makes ${size} connections of at most ${max}`))
    if (state === 'paused') this.violate(new Violation(2, `open ${connectionId} begins while the pool is paused`))
  }

  openSettled(succeeded: boolean): void {
    this.openFailures.running--
    this.lastSettledAt = this.clock.now()
    if (!succeeded) this.trouble()
  }

  callSettled(): void {
    this.lastSettledAt = this.clock.now()
  }

  trouble(): void {
    this.openFailures.at = this.clock.now()
  }

  act(action: Action, where: string): void {
    if (this.#depth >= DEEPEST || ++this.#nested > NESTED_ACTIONS) return
    this.#depth++
    this.log(`${action.do} ${where}`)
    this.#saw(`nested:${action.do}`)
    try {
      this.#do(action)
    } finally {
      this.#depth--
    }
  }

  async #command(command: Command): Promise<void> {
    this.#saw(command.do)
    this.step++
    this.lastAdvance = command.do === 'advance' ? command.ms : 0
    if (command.do === 'advance') {
      this.log(`advance ${command.ms} ms`)
      await this.clock.advance(command.ms)
      return
    }
    const { do: what, ...how } = command
    this.log(
      `${what} ${Object.entries(how)
        .map(([key, value]) => `${key}: ${value}`)
        .join(', ')}`,
    )
    this.#do(command)
    await this.clock.settle()
  }

  #do(action: Action): void {
    const { pool } = this
    switch (action.do) {
      case 'acquire':
        this.#acquire(action.timeout, action.fresh, action.signal)
        break
      case 'acquireAborted': {
        const before = pool.stats().aborted
        pool.acquire({ signal: AbortSignal.abort() }).then(
          () => this.violate(new Violation(3, 'an aborted signal did not win over the pool')),
          () => {},
        )
        if (pool.stats().aborted <= before) this.violate(new Violation(3, 'an aborted signal did not win at once'))
        break
      }
      case 'tryAcquire': {
        const { waiting } = pool.stats()
        const lease = pool.tryAcquire()
        if (lease === undefined) break
        if (waiting > 0) this.violate(new Violation(5, `tryAcquire overtook ${waiting} waiters`))
        this.#granted(++this.#ids, lease)
        break
      }
      case 'use': {
        const failure = new Error('the borrower fails')
        let awaited = true
        const settled = () => {
          if (awaited) this.awaitedUses--
          awaited = false
        }
        this.awaitedUses++
        pool
          .use((resource, lease) => {
            settled()
            if (resource.detached) this.violate(new Violation(8, `use was lent the detached ${resource}`))
            lease.signal
            if (action.fails) throw failure
          })
          .catch((error) => this.#expected(error, failure))
          .finally(settled)
        break
      }
      case 'abort': {
        const aborter = pick(
          [...this.pending.values()].filter((waiting) => waiting.aborter !== undefined),
          action.nth,
        )
        if (aborter === undefined) break
        aborter.aborted = true
        aborter.aborter?.abort()
        break
      }
      case 'release':
        this.#end(action.nth, (lease) => lease.release())
        break
      case 'releaseTwice': {
        const again = pick(this.ended, action.nth)
        if (again === undefined) break
        const { leases } = pool.stats()
        again.lease.release()
        again.lease.retire()
        again.lease.destroy()
        if (pool.stats().leases < leases && !this.#nestedActs) {
          this.violate(new Violation(1, 'a lease that had ended was ended again'))
        }
        try {
          again.lease.resource
          this.violate(new Violation(1, 'an ended lease still gives its resource'))
        } catch (error) {
          if (!isPoolError(error, 'ERR_POOL_LEASE_RELEASED')) throw error
        }
        break
      }
      case 'dispose':
        this.#end(action.nth, (lease) => lease[Symbol.dispose]())
        break
      case 'retire':
        this.#end(action.nth, (lease) => lease.retire())
        break
      case 'destroyLease':
        this.#end(action.nth, (lease) => lease.destroy(new Error('the borrower gives up')))
        break
      case 'detach':
        this.#end(action.nth, (lease, resource) => {
          // Of a connection that has ended already nothing can be taken out.
          if (lease.connection.state.startsWith('connected')) resource.detached = true
          lease.detach()
        })
        break
      case 'lose':
        pick(this.#living(), action.nth)?.die()
        break
      case 'loseTwice': {
        const resource = pick(this.#living(), action.nth)
        const signals = resource?.signals
        resource?.die()
        signals?.lost()
        signals?.retire('too late')
        break
      }
      case 'retireSignal':
        this.trouble()
        pick(this.#living(), action.nth)?.signals?.retire('said the server')
        break
      case 'flush':
        pool.flush({ leased: action.leased })
        break
      case 'pause':
        pool.pause({ waiters: action.waiters })
        break
      case 'resume':
        pool.resume()
        break
      case 'resize':
        try {
          pool.resize({ min: action.min, max: action.max })
        } catch (error) {
          if (!isPoolError(error, 'ERR_POOL_INVALID_OPTION') && !isPoolError(error, 'ERR_POOL_CLOSED')) throw error
        }
        break
      case 'warm':
        this.warming++
        pool
          .warm(action.count)
          .catch((error) => this.#expected(error))
          .finally(() => this.warming--)
        break
      case 'close':
        this.#closing(pool.close({ timeout: action.timeout, waiters: action.waiters }), action.timeout)
        break
      case 'destroyPool':
        this.#closing(pool.destroy(new Error('enough')), 0)
        break
    }
  }

  /** Taken out of the pool: what watches it is its new owner's business. */
  isLate(resource: ModelResource): boolean {
    return resource.detached
  }

  get #nestedActs(): boolean {
    return this.program.listeners.length > 0
  }

  #closing(promise: Promise<void>, timeout: number): void {
    this.closeDeadline = Math.min(this.closeDeadline, this.clock.now() + timeout)
    if (this.closed === 'no') this.closed = 'closing'
    promise.then(() => {
      this.closed = 'yes'
      checkNothingLeft(this)
    })
  }

  #living(): ModelResource[] {
    return this.resources.filter((resource) => !resource.dead && !resource.ended && !resource.detached)
  }

  #acquire(timeout: number | undefined, fresh: boolean, signal: boolean): void {
    const id = ++this.#ids
    const nested = this.#depth > 0
    const since = this.clock.now()
    const aborter = signal ? new AbortController() : undefined
    if (aborter !== undefined) this.#countListeners(aborter.signal)
    const wait = timeout ?? this.program.options.acquire?.timeout ?? 30_000
    const acquire: PendingAcquire = { id, since, deadline: since + wait, fresh, aborter, aborted: false }
    this.pending.set(id, acquire)
    const options = {
      ...(timeout === undefined ? {} : { timeout }),
      ...(fresh ? { fresh } : {}),
      ...(aborter === undefined ? {} : { signal: aborter.signal }),
    }
    const promise = Object.keys(options).length === 0 ? this.pool.acquire() : this.pool.acquire(options)
    promise.then(
      (lease) => {
        this.pending.delete(id)
        if (acquire.aborted) this.log(`(acquire ${id} had been granted before it was aborted)`)
        const earlier = [...this.pending.values()].find((other) => other.id < id && !other.fresh)
        // Of one made inside another's acquire the promise is heard first, whichever is served first.
        if (earlier !== undefined && !fresh && !nested && this.program.options.acquire?.order === 'fifo') {
          this.violate(new Violation(5, `acquire ${id} was served before acquire ${earlier.id}`))
        }
        this.#granted(id, lease)
      },
      (error) => {
        this.pending.delete(id)
        this.log(`acquire ${id} fails: ${(error as Error).name}`)
        if (isPoolError(error, 'ERR_POOL_ACQUIRE_TIMEOUT') && this.clock.now() < acquire.deadline) {
          this.violate(new Violation(3, `acquire ${id} timed out at ${this.clock.now()}, before ${acquire.deadline}`))
        }
        this.#expected(error)
      },
    )
  }

  #granted(id: number, lease: Lease<ModelResource>): void {
    const { resource } = lease
    this.log(`acquire ${id} gets ${resource}`)
    const other = this.held.find((held) => held.resource === resource)
    if (other !== undefined) this.violate(new Violation(1, `${resource} was lent to ${id} while ${other.id} has it`))
    if (!this.resources.includes(resource)) this.violate(new Violation(1, `${resource} was lent before it was open`))
    if (resource.detached) this.violate(new Violation(8, `the detached ${resource} was lent`))
    if (!lease.signal.aborted) {
      if (resource.ended) this.violate(new Violation(8, `${resource} was lent after its end`))
      if (resource.reported) this.violate(new Violation(8, `${resource} was lent after it was lost`))
      if (resource.condemned) this.violate(new Violation(8, `${resource} was lent after a failed check or reset`))
      if (resource.call !== undefined)
        this.violate(new Violation(1, `${resource} was lent during its ${resource.call.what}`))
    }
    this.held.push({ id, lease, resource })
  }

  #end(nth: number, how: (lease: Lease<ModelResource>, resource: ModelResource) => void): void {
    const held = pick(this.held, nth)
    if (held === undefined) return
    this.held.splice(this.held.indexOf(held), 1)
    this.ended.push(held)
    how(held.lease, held.resource)
  }

  #observe(): void {
    const { pool } = this
    pool.on('connecting', ({ connection }) => {
      const { size, max } = pool.stats()
      if (size > max) this.violate(new Violation(2, `connection ${connection.id} is number ${size} of at most ${max}`))
      this.#states.set(connection.id, 'connecting')
    })
    pool.on('transition', ({ connection, from, to, event }) => {
      this.#saw(`${from} → ${to}`)
      this.log(`· ${connection.id}: ${from} → ${to} (${event})`)
      const known = this.#states.get(connection.id)
      if (known !== from)
        this.violate(new Violation(11, `connection ${connection.id} went from ${from}, but was ${known}`))
      this.#states.set(connection.id, to)
    })
    pool.on('disconnect', ({ connection, reason }) => {
      this.#saw(`disconnect:${reason}`)
      if (this.#states.get(connection.id) !== 'closed') {
        this.violate(
          new Violation(11, `connection ${connection.id} disconnected in ${this.#states.get(connection.id)}`),
        )
      }
    })
    pool.on('acquire', ({ connection }) => {
      const { generation, state, leases } = connection
      if (pool.stats().state === 'paused') {
        this.violate(
          new Violation(4, `connection ${connection.id} was lent though nobody is eligible: the pool is paused`),
        )
      }
      if (generation !== pool.stats().generation) {
        this.violate(new Violation(8, `connection ${connection.id} of an earlier generation was lent`))
      }
      if (state !== 'connected.leased' || leases !== 1) {
        this.violate(new Violation(1, `connection ${connection.id} was lent in ${state} with ${leases} leases`))
      }
    })
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

  /** A crash follows from something: an invariant that no longer holds says more. */
  async #crashed(error: unknown): Promise<void> {
    this.log(`✗ ${error}`)
    this.#escaped(error)
    await this.clock.settle()
    try {
      checkAtRest(this)
    } catch (violation) {
      if (violation instanceof Violation) this.violate(violation)
    }
  }

  /** What nobody caught, or the pool told: an event that the statechart refused is a path that it does not have. */
  readonly #escaped = (error: unknown): void => {
    if (isRefusedEvent(error)) this.violate(new Violation(11, error.message))
  }

  #expected(error: unknown, other?: Error): void {
    if (!(error instanceof PoolError) && error !== other) throw error
  }

  #rethrow(): void {
    if (this.#violation !== undefined) throw this.#violation
  }

  /** Everything must come to an end: leases are given back, the pool is closed, late opens arrive. */
  async #wrapUp(): Promise<void> {
    this.log('— the end: close, and give everything back')
    this.#closing(this.pool.close({ timeout: 2_000 }), 2_000)
    await this.clock.settle()
    while (this.held.length > 0) this.#end(0, (lease) => lease.release())
    await this.clock.advance(30_000)
    this.#rethrow()
    if (this.closed !== 'yes') throw new Violation(7, 'close() has not resolved')
    if (this.pending.size > 0) throw new Violation(3, `acquires ${[...this.pending.keys()]} never settled`)
    checkNothingLeft(this)
    for (const resource of this.resources) {
      if (resource.ended === resource.detached) {
        throw new Violation(6, `${resource} was ${resource.ended ? 'ended and detached' : 'never ended'}`)
      }
    }
  }
}

function isRefusedEvent(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('The connection statechart does not accept')
}

function pick<T>(list: readonly T[], nth: number): T | undefined {
  return list.length === 0 ? undefined : list[nth % list.length]
}

/** A small seeded generator: the same program, the same run. (Tommy Ettinger's mulberry32) */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
