import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, type Lease, type Pool } from '@millpond/core'
import type { Bench } from '../bench.js'
import { delivered, eventually } from '../eventually.js'
import { observe, show, tell } from '../observe.js'
import { AFTERWARDS, CALL, SHORTLY } from '../patience.js'
import type { Borrower } from './borrower.js'
import { ModelledAdapter } from './modelled-adapter.js'
import type { ModelledResource } from './modelled-resource.js'
import type { Command, Program } from './program.js'
import type { Timeline } from './timeline.js'
import { Violation } from './violation.js'

/** ms that this side gets to notice a kill, unless it shows before that it has. */
const NOTICE = 120

/** ms that the pool's own close may take beyond its deadlines. */
const SLACK = 1_000

/** One program, through a pool of its own, against a server of its own. */
export class ProgramRun<R> {
  readonly #bench: Bench<R>
  readonly #program: Program
  readonly #timeline: Timeline
  readonly #modelled: ModelledAdapter<R>
  readonly #pool: Pool<R>
  readonly #acquireTimeout: number
  #borrowers: Borrower<R>[] = []
  #asked = 0
  /** From here on what is granted is released at once. */
  #takesBack = false
  #closing: Promise<void> | undefined
  #violation: Violation | undefined

  constructor(bench: Bench<R>, program: Program, timeline: Timeline) {
    this.#bench = bench
    this.#program = program
    this.#timeline = timeline
    this.#modelled = new ModelledAdapter(bench.adapter)
    this.#pool = createPool(this.#modelled.adapter, { name: bench.options.name, ...program.options })
    this.#acquireTimeout = program.options.acquire?.timeout ?? CALL
    this.#listen()
  }

  /** Rejects with a `Violation` as soon as one shows. */
  async run(): Promise<void> {
    try {
      for (const command of this.#program.commands) {
        await this.#perform(command)
        await this.#look()
      }
      await this.#end()
    } finally {
      // After a violation nothing may be left either.
      this.#closing ??= this.#pool.destroy()
      for (const { lease } of this.#borrowers) lease?.[Symbol.dispose]()
    }
  }

  #listen(): void {
    const say = (what: string) => this.#timeline.note(what, 'pool')
    this.#pool
      .on('connect', ({ connection }) => say(`connection ${connection.id} is open`))
      .on('connectError', ({ connection, error }) => say(`connection ${connection.id} failed to open: ${show(error)}`))
      .on('disconnect', ({ connection, reason, error }) => {
        // A failed open has been told as such.
        if (reason === 'connect-failed') return
        say(`connection ${connection.id} is closed: ${reason}${error === undefined ? '' : `, ${show(error)}`}`)
      })
      .on('error', ({ error, source }) => say(`trouble of ${source}: ${show(error)}`))
  }

  async #perform(command: Command): Promise<void> {
    const { server } = this.#bench
    switch (command.do) {
      case 'acquire':
        return this.#acquire()
      case 'release':
      case 'retire':
      case 'destroy':
        return this.#giveBack(command.do, command.nth)
      case 'dirty':
        return this.#dirty(command.nth)
      case 'use':
        return this.#useTimes(command.times, command.dirties, command.fails)
      case 'kill leased':
        return this.#kill(pick(this.#held(), command.nth)?.record, 'lent')
      case 'kill idle':
        return this.#kill(pick(this.#idle(), command.nth), 'idle')
      case 'refuse':
        if (server.isStopped) return
        this.#timeline.note(command.on ? 'the server refuses new connections' : 'the server accepts again')
        return server.refuse(command.on)
      case 'blackhole':
        if (server.isStopped) return
        this.#timeline.note(command.on ? 'the server falls silent' : 'the server answers again')
        return server.blackhole(command.on)
      case 'stop':
        return this.#stop()
      case 'start':
        if (!server.isStopped) return
        this.#timeline.note('the server is started')
        return server.start()
      case 'flush':
        this.#timeline.note(`flush, leased: '${command.leased}'`)
        return this.#pool.flush({ leased: command.leased })
      case 'wait':
        await sleep(command.ms)
        return
      case 'close':
        return this.#beginClose(SLACK)
    }
  }

  #acquire(): void {
    const number = ++this.#asked
    this.#timeline.note(`borrower ${number} acquires`)
    const acquired = this.#pool.acquire().then(
      (lease) => this.#granted(borrower, lease),
      (error) => this.#timeline.note(`borrower ${number} gets none: ${show(error)}`, 'pool'),
    )
    const borrower: Borrower<R> = {
      number,
      settled: acquired,
      lease: undefined,
      record: undefined,
      hasLooked: false,
    }
    this.#borrowers.push(borrower)
  }

  #granted(borrower: Borrower<R>, lease: Lease<R>): void {
    borrower.lease = lease
    borrower.record = this.#lent(`borrower ${borrower.number}`, lease)
    if (this.#takesBack) this.#giveBack('release', this.#held().indexOf(borrower))
  }

  /** Books a lease, and notes what it must not be. */
  #lent(who: string, lease: Lease<R>): ModelledResource<R> | undefined {
    const { id } = lease.connection
    const record = this.#modelled.find(lease.resource)
    this.#timeline.note(`${who} has connection ${id}${lease.reused ? ', used before' : ''}`, 'pool')
    if (record === undefined) return undefined
    record.leases++
    const capacity = this.#bench.adapter.capacity?.(record.resource) ?? 1
    if (record.leases > Math.max(1, capacity)) {
      this.#note(1, `${who} was lent a resource that ${record.leases - 1} other borrower(s) had already`)
    }
    if (record.isKnownDead) this.#note(8, `${who} was lent connection ${id}, which the server had ended before`)
    return record
  }

  /** What borrowers leave behind is to be gone once the last has given it back. */
  #returned(record: ModelledResource<R> | undefined): void {
    if (record === undefined) return
    record.leases--
    if (record.leases === 0) record.isDirty = false
  }

  #note(invariant: number, what: string, cause?: unknown): void {
    this.#violation ??= new Violation(invariant, what, cause)
  }

  /** Lets what was granted meanwhile be looked at by its borrower, before anything else happens to it. */
  async #look(): Promise<void> {
    await new Promise(setImmediate)
    for (const borrower of this.#held()) {
      if (borrower.hasLooked) continue
      borrower.hasLooked = true
      await this.#examine(`borrower ${borrower.number}`, borrower.record)
    }
    if (this.#violation !== undefined) throw this.#violation
  }

  /** What a borrower expects of a connection that the server has done nothing to. */
  async #examine(who: string, record: ModelledResource<R> | undefined): Promise<void> {
    if (record === undefined || !this.#isWell(record)) return
    const { isClean, use } = this.#bench.options
    if (isClean !== undefined && !record.isDirty) {
      const outcome = await observe(() => isClean(record.resource), CALL)
      if (!this.#isWell(record)) return
      if (outcome.how === 'resolved' && outcome.value === false) {
        this.#note(8, `${who} found on connection ${record.connection} what an earlier borrower had left there`)
      } else if (outcome.how !== 'resolved') {
        this.#note(8, `${who} could not work with connection ${record.connection}: isClean ${tell(outcome)}`)
      }
    }
    if (use === undefined) return
    const outcome = await observe(() => use(record.resource), CALL)
    if (outcome.how === 'resolved' || !this.#isWell(record)) return
    this.#note(8, `${who} could not work with connection ${record.connection}: use ${tell(outcome)}`)
  }

  /** Whether an exchange has to work. */
  #isWell(record: ModelledResource<R>): boolean {
    return this.#bench.server.isWell && !record.isKilled && !record.isReported && !record.isEnded
  }

  #giveBack(how: 'release' | 'retire' | 'destroy', nth: number): void {
    const borrower = pick(this.#held(), nth)
    if (borrower === undefined) return
    this.#timeline.note(`borrower ${borrower.number}: ${how}`)
    this.#borrowers = this.#borrowers.filter((other) => other !== borrower)
    this.#returned(borrower.record)
    borrower.lease?.[how]()
  }

  async #dirty(nth: number): Promise<void> {
    const borrower = pick(this.#held(), nth)
    if (borrower?.record === undefined || !this.#isWell(borrower.record)) return
    this.#timeline.note(`borrower ${borrower.number}: dirty`)
    await this.#makeDirty(borrower.record)
  }

  async #makeDirty(record: ModelledResource<R>): Promise<void> {
    record.isDirty = true
    const outcome = await observe(() => this.#bench.options.dirty?.(record.resource), CALL)
    if (outcome.how === 'resolved' || !this.#isWell(record)) return
    this.#note(8, `a borrower could not work with connection ${record.connection}: dirty ${tell(outcome)}`)
  }

  /** Where one is not served, the next would not be either. */
  async #useTimes(times: number, dirties: boolean, fails: boolean): Promise<void> {
    for (let nth = 0; nth < times; nth++) {
      // Until a later step gives one back: that would take as long as an acquire may.
      if (this.#isAllLent()) return
      if (!(await this.#use(dirties, fails))) return
    }
  }

  /** Whether it was served. */
  async #use(dirties: boolean, fails: boolean): Promise<boolean> {
    const who = `borrower ${++this.#asked}`
    this.#timeline.note(`${who}: use${dirties ? ', dirty' : ''}${fails ? ', fails' : ''}`)
    let isServed = false
    const use = this.#pool.use(async (_, lease) => {
      isServed = true
      const record = this.#lent(who, lease)
      try {
        await this.#examine(who, record)
        if (record !== undefined && dirties && this.#isWell(record)) await this.#makeDirty(record)
        if (fails) throw new Error('of a borrower')
      } finally {
        this.#returned(record)
      }
    })
    const outcome = await observe(() => use, this.#acquireTimeout + CALL * 2)
    if (outcome.how === 'pending') this.#note(3, `${who} uses still, ${outcome.after} ms after it began`)
    if (outcome.how === 'rejected' && !isServed) this.#timeline.note(`${who} gets none: ${show(outcome.error)}`, 'pool')
    return isServed
  }

  async #kill(record: ModelledResource<R> | undefined, which: string): Promise<void> {
    if (record === undefined || record.isKilled || this.#bench.server.isStopped) return
    this.#timeline.note(`the server ends connection ${record.connection}, which is ${which}`)
    record.isKilled = true
    await this.#bench.server.kill(record.resource)
    await this.#noticed(record, which === 'idle')
  }

  async #stop(): Promise<void> {
    if (this.#bench.server.isStopped) return
    this.#timeline.note('the server is stopped')
    const records = this.#modelled.resources.filter((record) => !record.isKilled)
    for (const record of records) record.isKilled = true
    await this.#bench.server.stop()
    const idle = new Set(this.#idle())
    await Promise.all(records.map((record) => this.#noticed(record, idle.has(record))))
  }

  /** Gives this side time to notice; what has had it must not be lent. */
  async #noticed(record: ModelledResource<R>, isIdle: boolean): Promise<void> {
    const { adapter } = this.#bench
    const hasShown = () => record.isEnded || record.isReported || this.#bench.isUsable(record.resource) === false
    if (adapter.isUsable !== undefined || adapter.watch !== undefined) {
      await eventually(hasShown, NOTICE)
      record.isKnownDead = true
    } else if (adapter.check !== undefined && isIdle && this.#program.options.health?.after === 0) {
      // A check is due once it has been idle, and unchecked, for more than 10 ms.
      await sleep(15)
      record.isKnownDead = true
    }
    await delivered()
  }

  #beginClose(timeout: number): void {
    if (this.#closing !== undefined) return
    this.#timeline.note('the pool is closed')
    this.#closing = this.#pool.close({ timeout })
  }

  async #end(): Promise<void> {
    const { server } = this.#bench
    const { closesUnwell, keepsLeases } = this.#program
    this.#takesBack = !keepsLeases
    while (this.#takesBack && this.#held().length > 0) this.#giveBack('release', 0)
    if (!closesUnwell) await this.#heal()
    // Leases that are kept may be all that the pool can have.
    if (!closesUnwell && !keepsLeases && this.#closing === undefined) await this.#expectServed()
    this.#beginClose(keepsLeases ? 50 : SLACK)
    const closing = this.#closing as Promise<void>
    // Leases that are kept hold a close that had begun before up to its own deadline.
    void this.#pool.close({ timeout: keepsLeases ? 50 : SLACK })
    const outcome = await observe(() => closing, SLACK * 2)
    if (outcome.how !== 'resolved') throw new Violation(7, `pool.close() ${tell(outcome)}`)
    await this.#expectSettled()
    if (!server.isWell) await this.#heal()
    await this.#expectNothingLeft()
    if (this.#violation !== undefined) throw this.#violation
  }

  /** Whatever has happened before, a pool whose server is well serves. What was under way then may still fail. */
  async #expectServed(): Promise<void> {
    let why: unknown
    const isServed = async () => {
      const lease = await this.#pool.acquire({ timeout: SHORTLY }).catch((error: unknown) => {
        why = error
      })
      lease?.release()
      return lease !== undefined
    }
    this.#timeline.note('one more borrower acquires, and releases')
    if (await eventually(isServed, SHORTLY)) return
    throw new Violation(4, `nobody is served, though the server is well: ${show(why)}`, why)
  }

  async #heal(): Promise<void> {
    if (this.#bench.server.isWell) return
    this.#timeline.note('the server is well again')
    await this.#bench.server.heal()
  }

  async #expectSettled(): Promise<void> {
    for (const { number, settled } of this.#borrowers) {
      const outcome = await observe(() => settled, this.#acquireTimeout + AFTERWARDS)
      if (outcome.how === 'pending') throw new Violation(3, `the acquire of borrower ${number} never settled`)
    }
  }

  async #expectNothingLeft(): Promise<void> {
    const { server } = this.#bench
    if (!(await eventually(() => this.#modelled.opening === 0, SHORTLY))) {
      throw new Violation(6, `${this.#modelled.opening} open(s) had not settled ${SHORTLY} ms after pool.close()`)
    }
    for (const record of this.#modelled.resources) {
      const name = `the resource of connection ${record.connection}`
      if (!record.isEnded) throw new Violation(6, `${name} was neither closed nor destroyed`)
      if (this.#bench.isUsable(record.resource) === true) {
        throw new Violation(6, `${name} says that it is usable after pool.close()`)
      }
    }
    let count = 0
    const isEmpty = async () => {
      count = await this.#bench.countOpen()
      return count === 0
    }
    if (!server.can('openCount') || (await eventually(isEmpty, SHORTLY))) return
    throw new Violation(6, `the server still has ${count} connection(s) open ${SHORTLY} ms after pool.close()`)
  }

  #held(): Borrower<R>[] {
    return this.#borrowers.filter((borrower) => borrower.lease !== undefined)
  }

  #isAllLent(): boolean {
    const { max } = this.#pool.stats()
    return this.#bench.adapter.capacity === undefined && this.#held().length >= max
  }

  #idle(): ModelledResource<R>[] {
    const idle = new Set<number>()
    for (const { id, state } of this.#pool.connections()) if (state === 'idle.ready') idle.add(id)
    return this.#modelled.resources.filter((record) => idle.has(record.connection))
  }
}

function pick<T>(from: readonly T[], nth: number): T | undefined {
  return from.length === 0 ? undefined : from[nth % from.length]
}
