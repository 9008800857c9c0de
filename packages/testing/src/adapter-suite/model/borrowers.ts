import type { Lease } from '@millpond/core'
import { observe, show } from '../observe.js'
import { AFTERWARDS, CALL } from '../patience.js'
import type { Borrower } from './borrower.js'
import { examine, givenBack, lent, makeDirty } from './lending.js'
import type { ModelledPool } from './modelled-pool.js'
import { pick } from './pick.js'
import { Violation } from './violation.js'

/** Those who wait for a connection or have one, and what they do. */
export class Borrowers<R> {
  readonly #model: ModelledPool<R>
  readonly #acquireTimeout: number
  #present: Borrower<R>[] = []
  #asked = 0
  #isOver = false

  constructor(model: ModelledPool<R>) {
    this.#model = model
    this.#acquireTimeout = model.program.options.acquire?.timeout ?? CALL
  }

  acquire(): void {
    const number = ++this.#asked
    this.#model.timeline.note(`borrower ${number} acquires`)
    const settled = this.#model.pool.acquire().then(
      (lease) => this.#granted(borrower, lease),
      (error) => this.#refused(borrower, error),
    )
    const borrower: Borrower<R> = { number, settled, lease: undefined, record: undefined, hasLooked: false }
    this.#present.push(borrower)
  }

  /** Those who have a connection. */
  held(): Borrower<R>[] {
    return this.#present.filter((borrower) => borrower.lease !== undefined)
  }

  giveBack(how: 'release' | 'retire' | 'destroy', nth: number): void {
    const borrower = pick(this.held(), nth)
    if (borrower === undefined) return
    this.#model.timeline.note(`borrower ${borrower.number}: ${how}`)
    this.#leave(borrower)
    givenBack(borrower.record)
    borrower.lease?.[how]()
  }

  /** From here on everybody releases what he has or gets. */
  giveBackAll(): void {
    this.#isOver = true
    while (this.held().length > 0) this.giveBack('release', 0)
  }

  async dirty(nth: number): Promise<void> {
    const borrower = pick(this.held(), nth)
    if (borrower?.record === undefined || !this.#model.isWell(borrower.record)) return
    this.#model.timeline.note(`borrower ${borrower.number}: dirty`)
    await makeDirty(this.#model, `borrower ${borrower.number}`, borrower.record)
  }

  /** One after the other. Where one is not served, the next would not be either. */
  async use(times: number, dirties: boolean, fails: boolean): Promise<void> {
    for (let nth = 0; nth < times; nth++) {
      // It would wait, for as long as an acquire may, for what only a later step gives back.
      if (this.#isAllTaken()) return
      if (!(await this.#useOnce(dirties, fails))) return
    }
  }

  /** Lets what was granted meanwhile be looked at by its borrower, before anything else happens to it. */
  async look(): Promise<void> {
    await new Promise(setImmediate)
    for (const borrower of this.held()) {
      if (borrower.hasLooked) continue
      borrower.hasLooked = true
      await examine(this.#model, `borrower ${borrower.number}`, borrower.record)
    }
    this.#model.throwViolation()
  }

  async expectSettled(): Promise<void> {
    for (const { number, settled } of this.#present) {
      const outcome = await observe(() => settled, this.#acquireTimeout + AFTERWARDS)
      if (outcome.how === 'pending') throw new Violation(3, `the acquire of borrower ${number} never settled`)
    }
  }

  /** Whatever has gone wrong, nobody keeps a lease. */
  dispose(): void {
    for (const { lease } of this.#present) lease?.[Symbol.dispose]()
  }

  #granted(borrower: Borrower<R>, lease: Lease<R>): void {
    borrower.lease = lease
    borrower.record = lent(this.#model, `borrower ${borrower.number}`, lease)
    if (this.#isOver) this.giveBackAll()
  }

  #refused(borrower: Borrower<R>, error: unknown): void {
    this.#model.timeline.note(`borrower ${borrower.number} gets none: ${show(error)}`, 'pool')
    this.#leave(borrower)
  }

  #leave(borrower: Borrower<R>): void {
    this.#present = this.#present.filter((other) => other !== borrower)
  }

  /** Whether it was served. */
  async #useOnce(dirties: boolean, fails: boolean): Promise<boolean> {
    const model = this.#model
    const who = `borrower ${++this.#asked}`
    model.timeline.note(`${who}: use${dirties ? ', dirty' : ''}${fails ? ', fails' : ''}`)
    let isServed = false
    const using = model.pool.use(async (_, lease) => {
      isServed = true
      const record = lent(model, who, lease)
      try {
        await examine(model, who, record)
        if (dirties && record !== undefined) await makeDirty(model, who, record)
        if (fails) throw new Error('of a borrower')
      } finally {
        givenBack(record)
      }
    })
    const outcome = await observe(() => using, this.#acquireTimeout + CALL * 2)
    if (outcome.how === 'pending') model.violate(3, `${who} uses still, ${outcome.after} ms after it began`)
    if (outcome.how === 'rejected' && !isServed) {
      model.timeline.note(`${who} gets none: ${show(outcome.error)}`, 'pool')
    }
    return isServed
  }

  /** By those who have a connection, and those who wait already. */
  #isAllTaken(): boolean {
    const [any] = this.#model.resources
    const each = any === undefined ? 1 : this.#model.capacityOf(any)
    return this.#present.length >= this.#model.pool.stats().max * each
  }
}
