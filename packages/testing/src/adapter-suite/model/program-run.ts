import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench } from '../bench.js'
import { eventually } from '../eventually.js'
import { observe, show, tell } from '../observe.js'
import { SHORTLY } from '../patience.js'
import { Borrowers } from './borrowers.js'
import { expectNothingLeft } from './expect-nothing-left.js'
import { ModelledPool } from './modelled-pool.js'
import { pick } from './pick.js'
import type { Command, Program } from './program.js'
import type { Timeline } from './timeline.js'
import { Troubles } from './troubles.js'
import { Violation } from './violation.js'

/** ms that the pool's own close may take beyond its deadlines. */
const SLACK = 1_000

/** ms after which a pool takes leases away that are not given back. */
const BRIEF = 10

/** One program, through a pool of its own, against a server of its own. */
export class ProgramRun<R> {
  readonly #program: Program
  readonly #timeline: Timeline
  readonly #model: ModelledPool<R>
  readonly #borrowers: Borrowers<R>
  readonly #troubles: Troubles<R>
  #closing: Promise<void> | undefined

  constructor(bench: Bench<R>, program: Program, timeline: Timeline) {
    this.#program = program
    this.#timeline = timeline
    this.#model = new ModelledPool(bench, program, timeline)
    this.#borrowers = new Borrowers(this.#model)
    this.#troubles = new Troubles(this.#model)
  }

  /** Rejects with a `Violation` as soon as one shows. */
  async run(): Promise<void> {
    try {
      for (const command of this.#program.commands) {
        await this.#perform(command)
        await this.#borrowers.look()
      }
      await this.#end()
    } catch (error) {
      this.#timeline.end()
      throw error
    } finally {
      // After a violation nothing may be left either.
      if (this.#closing === undefined) void this.#model.pool.destroy()
      this.#borrowers.dispose()
    }
  }

  /** Gives a promise where it takes time. */
  #perform(command: Command): unknown {
    const { pool } = this.#model
    const borrowers = this.#borrowers
    const troubles = this.#troubles
    switch (command.do) {
      case 'acquire':
        return borrowers.acquire()
      case 'release':
      case 'retire':
      case 'destroy':
        return borrowers.giveBack(command.do, command.nth)
      case 'dirty':
        return borrowers.dirty(command.nth)
      case 'use':
        return borrowers.use(command.times, command.dirties, command.fails)
      case 'kill leased':
        return troubles.kill(pick(borrowers.held(), command.nth)?.record, 'lent')
      case 'kill idle':
        return troubles.kill(pick(this.#model.idle(), command.nth), 'idle')
      case 'refuse':
      case 'blackhole':
        return troubles[command.do](command.on)
      case 'stop':
      case 'start':
        return troubles[command.do]()
      case 'flush':
        this.#timeline.note(`flush, leased: '${command.leased}'`)
        return pool.flush({ leased: command.leased })
      case 'wait':
        return sleep(command.ms)
      case 'close':
        return void this.#close(SLACK)
    }
  }

  /** Leases that are kept hold up an earlier close until the earlier deadline. */
  #close(timeout: number): Promise<void> {
    if (this.#closing === undefined) this.#timeline.note('the pool is closed')
    this.#closing = this.#model.pool.close({ timeout })
    return this.#closing
  }

  async #end(): Promise<void> {
    const { closesUnwell, keepsLeases } = this.#program
    if (!keepsLeases) this.#borrowers.giveBackAll()
    if (!closesUnwell) await this.#troubles.heal()
    // Leases that are kept may be all that the pool can have.
    if (!closesUnwell && !keepsLeases && this.#closing === undefined) await this.#expectServed()
    const closing = this.#close(keepsLeases ? BRIEF : SLACK)
    const outcome = await observe(() => closing, SLACK * 2)
    if (outcome.how !== 'resolved') throw new Violation(7, `pool.close() ${tell(outcome)}`)
    await this.#borrowers.expectSettled()
    await this.#troubles.heal()
    await expectNothingLeft(this.#model)
    this.#model.throwViolation()
  }

  /** Whatever has happened before, a pool whose server is well serves. What was under way then may still fail. */
  async #expectServed(): Promise<void> {
    let why: unknown
    const isServed = async () => {
      const lease = await this.#model.pool.acquire({ timeout: SHORTLY }).catch((error: unknown) => {
        why = error
      })
      lease?.release()
      return lease !== undefined
    }
    this.#timeline.note('one more borrower acquires, and releases')
    if (await eventually(isServed, SHORTLY)) return
    throw new Violation(4, `nobody is served, though the server is well: ${show(why)}`, why)
  }
}
