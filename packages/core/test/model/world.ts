import type { Pool } from '../../src/index.js'
import { seededRandom } from '../seeded-random.js'
import { VirtualClock } from '../virtual-clock.js'
import { Borrowers } from './borrowers.js'
import { type FrontName, fronts } from './fronts.js'
import { HeldLeases } from './held-leases.js'
import { checkAtRest, checkNothingLeft } from './invariants.js'
import type { ModelResource } from './model-resource.js'
import type { ModelWorld } from './model-world.js'
import { modelledAdapter } from './modelled-adapter.js'
import { ModelledPolicy } from './modelled-policy.js'
import { observeBorrowers, observeEvents } from './observe-events.js'
import { perform } from './perform.js'
import { poolClock } from './pool-clock.js'
import type { Action, Command, Program } from './program.js'
import { Violation } from './violation.js'

/** Nested actions at once, and in a whole program, so that a listener that calls the pool ends some time. */
const DEEPEST = 4
const NESTED_ACTIONS = 60
/** Opens without any time passing that no program has a reason for. */
const HAMMERING = 400

/** Runs one program against a real pool. */
export class World implements ModelWorld {
  readonly program: Program
  readonly isGroup: boolean
  readonly clock = new VirtualClock(1_000)
  readonly poolClock = poolClock(this.clock, () => {
    this.violate(new Violation(3, 'the pool goes round without end: nobody is served any more'))
  })
  readonly resources: ModelResource[] = []
  readonly policies: readonly ModelledPolicy[]
  readonly pool: Pool<ModelResource>
  readonly borrowers: Borrowers
  readonly leases: HeldLeases = new HeldLeases(this)
  /** What happened, where somebody wants to know. */
  readonly timeline: string[] | undefined
  readonly openFailures = { at: Number.NEGATIVE_INFINITY }
  readonly leaks = new Set<string>()
  lastAdvance = 0
  lastSettledAt = 0
  warming = 0
  closeDeadline = Number.POSITIVE_INFINITY
  step = 0
  acts = 0
  closed: 'no' | 'closing' | 'yes' = 'no'
  readonly #saw: (what: string) => void
  #violation: Violation | undefined
  #depth = 0
  #opensAt = 0
  #opensNow = 0

  constructor(program: Program, saw: (what: string) => void, timeline?: string[], front: FrontName = 'createPool()') {
    this.program = program
    this.isGroup = front === 'balance([pool])' || front === 'failover([pool])'
    this.timeline = timeline
    this.#saw = saw
    this.borrowers = new Borrowers(this)
    this.policies = program.policies.map((plan, nth) => new ModelledPolicy(plan, nth + 1, this))
    const { options, adapter } = program
    this.pool = fronts[front](modelledAdapter(adapter, this), {
      ...options,
      health: { ...options.health, ...(adapter.has.check ? {} : { every: Number.POSITIVE_INFINITY }) },
      policies: this.policies.map(({ policy }) => policy),
      clock: this.poolClock,
      random: seededRandom(program.seed),
    })
    // Before the program's own listeners: one that throws keeps an event from those after it.
    this.pool.on('connectError', () => this.trouble())
    observeBorrowers(this, (leak) => this.leaks.add(leak))
    if (program.observed) observeEvents(this)
    this.#addListeners()
    this.pool.on('error', ({ error }) => {
      if (isRefusedEvent(error)) this.#escaped(error)
    })
  }

  get isNested(): boolean {
    return this.#depth > 0
  }

  async run(): Promise<void> {
    process.on('unhandledRejection', this.#escaped)
    try {
      for (const command of this.program.commands) {
        await this.#command(command)
        this.borrowers.atRest()
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
    this.timeline?.push(
      `${String(Math.round(this.clock.now() - 1_000)).padStart(6)} ms  ${'  '.repeat(this.#depth)}${line}`,
    )
  }

  /** Remembered rather than thrown: the pool catches what its adapters and listeners throw. */
  readonly violate = (violation: Violation): void => {
    if (this.#violation !== undefined) return
    this.log(`✗ ${violation.message}`)
    this.#violation = violation
  }

  resourceOf(connectionId: number): ModelResource | undefined {
    return this.resources.find((resource) => resource.connectionId === connectionId)
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
    if (size > max) this.violate(new Violation(2, `open ${connectionId} makes ${size} connections of at most ${max}`))
    if (state === 'paused') this.violate(new Violation(2, `open ${connectionId} begins while the pool is paused`))
  }

  openSettled(succeeded: boolean): void {
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
    if (this.#depth >= DEEPEST || ++this.acts > NESTED_ACTIONS) return
    this.#depth++
    if (this.timeline !== undefined) this.log(`${described(action)} ${where}`)
    this.#saw(`nested:${action.do}`)
    try {
      perform(this, action)
    } finally {
      this.#depth--
    }
  }

  closing(promise: Promise<void>, timeout: number): void {
    this.closeDeadline = Math.min(this.closeDeadline, this.clock.now() + timeout)
    if (this.closed === 'no') this.closed = 'closing'
    promise.then(async () => {
      this.closed = 'yes'
      // What its members refused at the very end it hears of a little later.
      if (this.isGroup) await this.clock.settle()
      checkNothingLeft(this)
    })
  }

  #addListeners(): void {
    for (const { on, actions, throws } of this.program.listeners) {
      let turn = 0
      this.pool.on(on, () => {
        const action = actions[turn++]
        if (action === undefined) return
        this.act(action, `in a ${on} listener`)
        if (throws) throw new Error(`the ${on} listener throws`)
      })
    }
  }

  async #command(command: Command): Promise<void> {
    this.#saw(command.do)
    this.step++
    for (const resource of this.resources) resource.mostTold = resource.told
    this.lastAdvance = command.do === 'advance' ? command.ms : 0
    if (this.timeline !== undefined) this.log(described(command))
    if (command.do === 'advance') {
      await this.clock.advance(command.ms)
      return
    }
    perform(this, command)
    await this.clock.settle()
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

  #rethrow(): void {
    if (this.#violation !== undefined) throw this.#violation
  }

  /** Everything must come to an end: leases are given back, the pool is closed, late opens arrive. */
  async #wrapUp(): Promise<void> {
    const { borrowers, leases } = this
    this.log('— the end: close, and give everything back')
    this.closing(this.pool.close({ timeout: 2_000 }), 2_000)
    await this.clock.settle()
    while (leases.all.length > 0) leases.end(0, (lease) => lease.release())
    await this.clock.advance(30_000)
    this.#rethrow()
    if (this.closed !== 'yes') throw new Violation(7, 'close() has not resolved')
    if (borrowers.pending.size > 0) throw new Violation(3, `acquires ${[...borrowers.pending.keys()]} never settled`)
    checkNothingLeft(this)
    this.#rethrow()
    for (const resource of this.resources) {
      if (resource.ended === resource.detached) {
        throw new Violation(6, `${resource} was ${resource.ended ? 'ended and detached' : 'never ended'}`)
      }
    }
  }
}

function described({ do: what, ...how }: Command): string {
  const details = JSON.stringify(how)
  return details === '{}' ? what : `${what} ${details}`
}

function isRefusedEvent(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('The connection statechart does not accept')
}
