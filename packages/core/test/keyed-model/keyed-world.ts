import { poolClock } from '../model/pool-clock.js'
import { Turns } from '../model/turns.js'
import { Violation } from '../model/violation.js'
import { seededRandom } from '../seeded-random.js'
import { VirtualClock } from '../virtual-clock.js'
import { type House, keyedHouse, sharedHouse } from './house.js'
import { KeyedBorrowers } from './keyed-borrowers.js'
import { checkAtRest, checkForgotten, checkNothingLeft } from './keyed-invariants.js'
import { perform } from './keyed-perform.js'
import type { KeyedAction, KeyedCommand, KeyedProgram } from './keyed-program.js'
import type { KeyedResource } from './keyed-resource.js'
import { ModelledPool } from './modelled-pool.js'
import { observeKeyed } from './observe-keyed.js'

/** Nested actions at once, and in a whole program, so that a listener that calls a pool ends some time. */
const DEEPEST = 4
const NESTED_ACTIONS = 40
/** Opens without any time passing that no program has a reason for. */
const HAMMERING = 200

/** Runs one program against a real keyed pool, or real pools that share a limit. */
export class KeyedWorld {
  readonly program: KeyedProgram
  readonly keys: readonly string[]
  readonly clock = new VirtualClock(1_000)
  readonly poolClock = poolClock(this.clock, () => {
    this.violate(new Violation(3, 'the pools go round without end: nobody is served any more'))
  })
  readonly pools: ModelledPool[] = []
  readonly resources: KeyedResource[] = []
  readonly borrowers = new KeyedBorrowers(this)
  readonly house: House
  /** Keys whose pool somebody had. */
  readonly viewed = new Set<string>()
  readonly closes = new Set<{ readonly what: string; readonly deadline: number }>()
  readonly timeline: string[] = []
  lastAdvance = 0
  lastSettledAt = 0
  step = 0
  closed: 'no' | 'closing' | 'yes' = 'no'
  readonly #turns = new Map<string, Turns>()
  readonly #present = new Map<string, ModelledPool>()
  readonly #saw: (what: string) => void
  #violation: Violation | undefined
  #depth = 0
  #nested = 0
  #opensAt = 0
  #opensNow = 0

  constructor(program: KeyedProgram, saw: (what: string) => void) {
    this.program = program
    this.keys = program.servers.map((_, i) => 'abcd'[i] as string)
    this.#saw = saw
    const { health, ...given } = program.options
    const options = {
      ...given,
      ...(program.has.check ? { health } : {}),
      clock: this.poolClock,
      random: seededRandom(program.seed),
    }
    this.house = program.kind === 'keyed' ? keyedHouse(this, options) : sharedHouse(this, options)
    this.saw(program.kind)
    observeKeyed(this)
    this.#addListeners()
  }

  get isNested(): boolean {
    return this.#depth > 0
  }

  keyOf(nth: number): string {
    return this.keys[nth % this.keys.length] as string
  }

  /** The last pool of the key that there was. */
  poolOf(key: string): ModelledPool | undefined {
    return this.#present.get(key)
  }

  /** An adapter is asked for: its key has another pool from now on. */
  newPool(key: string): ModelledPool {
    const { min = 0, max = 10 } = this.program.options.size ?? {}
    const pool = new ModelledPool(this.pools.length + 1, key, { min, max })
    if (this.#present.has(key)) this.saw('anew')
    this.pools.push(pool)
    this.#present.set(key, pool)
    return pool
  }

  /** The server of a key goes on where it was, whichever pool asks it. */
  turnsOf(key: string): Turns {
    const turns = this.#turns.get(key) ?? new Turns()
    this.#turns.set(key, turns)
    return turns
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
      if (this.program.rests && this.closed === 'no') await this.#rest()
      await this.#wrapUp()
    } finally {
      process.off('unhandledRejection', this.#escaped)
    }
  }

  saw(what: string): void {
    this.#saw(what)
  }

  log(line: string): void {
    const at = String(Math.round(this.clock.now() - 1_000)).padStart(6)
    this.timeline.push(`${at} ms  ${'  '.repeat(this.#depth)}${line}`)
  }

  /** Remembered rather than thrown: pools catch what their adapters and listeners throw. */
  readonly violate = (violation: Violation): void => {
    this.log(`✗ ${violation.message}`)
    this.#violation ??= violation
  }

  /** An open begins: 2. */
  opening(pool: ModelledPool, connectionId: number): void {
    pool.connections.add(connectionId)
    const seen = this.house.seen()
    // Another whose open is about to begin counts when it does.
    const own = seen.filter((each) => each.pool === pool && pool.connections.has(each.info.id)).length
    const { total } = this.program
    this.log(`open ${pool.key}#${connectionId} (${own} of ${pool.max}, in all ${seen.length} of ${total})`)
    const now = this.clock.now()
    this.#opensNow = now === this.#opensAt ? this.#opensNow + 1 : 1
    this.#opensAt = now
    if (this.#opensNow > HAMMERING) {
      this.violate(new Violation(9, `${HAMMERING} opens in one moment`))
      throw new Error('hammering')
    }
    const what = `open ${pool.key}#${connectionId} makes`
    if (seen.length > total) this.violate(new Violation(2, `${what} ${seen.length} connections of at most ${total}`))
    if (own > pool.max) this.violate(new Violation(2, `${what} ${own} of its key, of at most ${pool.max}`))
    if (!seen.some(({ info }) => info.id === connectionId)) {
      this.violate(new Violation(2, `${what} a connection that connections() does not know`))
    }
    if (this.closed === 'no' && pool === this.poolOf(pool.key) && pool.paused && !pool.closed) {
      this.violate(new Violation(2, `open ${pool.key}#${connectionId} begins while its pool is paused`))
    }
    if (this.closed === 'yes') this.violate(new Violation(7, `open ${pool.key}#${connectionId} begins after close`))
  }

  /** Its opens may be waiting for a backoff or a cooldown. */
  isBackingOff(pool: ModelledPool): boolean {
    const { backoff, breaker } = this.program.options.connect ?? {}
    const cooldown = typeof breaker === 'object' ? (breaker.cooldown ?? 0) : 0
    const longest = Math.max((backoff?.maxDelay ?? 5_000) * 1.2, cooldown)
    return this.clock.now() <= pool.troubleAt + longest + 2
  }

  act(action: KeyedAction, where: string): void {
    if (this.#depth >= DEEPEST || ++this.#nested > NESTED_ACTIONS) return
    this.#depth++
    this.log(`${JSON.stringify(action)} ${where}`)
    this.saw(`nested:${action.do}`)
    try {
      perform(this, action)
    } finally {
      this.#depth--
    }
  }

  closing(close: () => Promise<void>, timeout: number): void {
    if (this.closed === 'no') this.closed = 'closing'
    const promise = close()
    this.#await('close', promise, timeout)
    promise.then(() => {
      this.closed = 'yes'
      checkNothingLeft(this)
    })
  }

  closingKey(promise: Promise<void>, timeout: number): void {
    this.#await('close of a key', promise, timeout)
  }

  #await(what: string, promise: Promise<void>, timeout: number): void {
    const close = { what, deadline: this.clock.now() + timeout }
    this.closes.add(close)
    promise.then(() => this.closes.delete(close))
  }

  #addListeners(): void {
    for (const { on, actions } of this.program.listeners) {
      let turn = 0
      this.house.on(on, () => {
        const action = actions[turn++]
        if (action !== undefined) this.act(action, `in a ${on} listener`)
      })
    }
  }

  async #command(command: KeyedCommand): Promise<void> {
    this.saw(command.do)
    this.step++
    this.lastAdvance = command.do === 'advance' ? command.ms : 0
    this.log(JSON.stringify(command))
    if (command.do === 'advance') {
      await this.clock.advance(command.ms)
      return
    }
    perform(this, command)
    await this.clock.settle()
  }

  readonly #escaped = (error: unknown): void => {
    this.violate(new Violation(12, `${error instanceof Error ? error.stack : error} was caught by nobody`))
  }

  #rethrow(): void {
    if (this.#violation !== undefined) throw this.#violation
  }

  /** Everything is given back and left alone. */
  async #rest(): Promise<void> {
    this.log('— everything is given back, and nobody asks for more')
    this.borrowers.resting = true
    for (const pool of this.pools) {
      if (pool !== this.poolOf(pool.key) || pool.closed || !pool.paused) continue
      pool.paused = false
      this.house.poolOf(pool.key).resume()
    }
    while (this.borrowers.end(0, (lease) => lease.release())) await this.clock.settle()
    for (let i = 0; i < 12; i++) {
      await this.clock.advance(1_000)
      while (this.borrowers.end(0, (lease) => lease.release())) await this.clock.settle()
    }
    this.#rethrow()
    checkAtRest(this)
    checkForgotten(this)
    this.#rethrow()
  }

  /** Everything must come to an end: leases are given back, the pools are closed, late opens arrive. */
  async #wrapUp(): Promise<void> {
    const { borrowers } = this
    this.log('— the end: close, and give everything back')
    borrowers.resting = true
    this.closing(() => this.house.close({ timeout: 2_000, waiters: 'reject' }), 2_000)
    await this.clock.settle()
    while (borrowers.end(0, (lease) => lease.release())) await this.clock.settle()
    await this.clock.advance(8_000)
    this.#rethrow()
    if (this.closed !== 'yes') throw new Violation(7, 'close() has not resolved')
    if (borrowers.pending.size > 0) throw new Violation(3, `acquires ${[...borrowers.pending.keys()]} never settled`)
    checkNothingLeft(this)
    checkAtRest(this)
    this.#rethrow()
    for (const resource of this.resources) {
      if (resource.ended !== resource.detached) continue
      throw new Violation(6, `${resource} was ${resource.ended ? 'ended and detached' : 'never ended'}`)
    }
  }
}
