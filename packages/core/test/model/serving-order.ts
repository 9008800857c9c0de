import type { ModelWorld } from './model-world.js'
import { Violation } from './violation.js'

/** An acquire that has not settled, as its caller knows it. */
export interface PendingAcquire {
  readonly id: number
  /** The command during which it was called. */
  readonly step: number
  readonly since: number
  readonly deadline: number
  readonly fresh: boolean
  readonly priority: number
  readonly client: string | undefined
  /** Called in the middle of something else: its promise may be heard before that of an earlier one. */
  readonly nested: boolean
  /** One of `use`: that it failed is heard a little later. */
  readonly isUse: boolean
  readonly aborter: AbortController | undefined
  aborted: boolean
  /** Grants in a row that went past it to a higher priority, and to each of its rivals. */
  passedByHigher: number
  readonly passedBy: Map<string, number>
}

/** Every 8th grant that would pass over a lower priority goes to the lowest … */
const PASSES = 7
/** … but every 8th of those to whoever has waited longest, of whatever priority. */
const LONGEST_RUN = 2 * PASSES + 1

/** Invariant 5, in terms of what callers can see: who is served while who waits. */
export class ServingOrder {
  readonly #world: ModelWorld
  /** Priorities and clients say who is next: no policy lets anybody wait. */
  readonly #isFree: boolean
  readonly #sharesFairly: boolean
  #sinceOvertaking = 0
  /** Those who seem to have been passed over by a group, whose callers hear of the end of an acquire a little later: it
   * counts if they wait still when nothing is going on any more. */
  #suspicions: { readonly other: PendingAcquire; readonly violation: Violation }[] = []

  constructor(world: ModelWorld) {
    this.#world = world
    this.#isFree = world.program.policies.every(({ admit }) => !admit.includes('wait'))
    this.#sharesFairly = Boolean(world.program.options.acquire?.perClient)
  }

  /** To be called when nothing is going on. */
  atRest(): void {
    for (const { other, violation } of this.#suspicions) {
      if (this.#world.borrowers.pending.has(other.id)) this.#world.violate(violation)
    }
    this.#suspicions = []
  }

  /** One of those who waited has been served. */
  served(acquire: PendingAcquire): void {
    const { pending } = this.#world.borrowers
    let overtakes: PendingAcquire | undefined
    for (const other of pending.values()) {
      if (other.fresh || other.isUse || other === acquire) continue
      this.#checkTurn(acquire, other)
      // Whoever came during this command may have come after the grant; a client may have been at its limit.
      if (!this.#isFree || other.step === this.#world.step || !this.#isEligible(other)) continue
      if (other.priority > acquire.priority) overtakes = other
      this.#checkPriority(acquire, other)
      this.#checkRivals(acquire, other)
    }
    if (overtakes === undefined) this.#sinceOvertaking++
    else this.#overtaken(acquire, overtakes)
  }

  #isEligible({ client }: PendingAcquire): boolean {
    return !this.#sharesFairly || client === undefined
  }

  #checkTurn(acquire: PendingAcquire, other: PendingAcquire): void {
    if (other.id > acquire.id || acquire.fresh || acquire.nested) return
    if (other.priority !== acquire.priority || (this.#sharesFairly && other.client !== acquire.client)) return
    const { order, adaptive } = this.#world.program.options.acquire ?? {}
    if (order !== 'fifo') return
    // One that its member refuses may have been about to get what was granted to another, which then begins to wait anew.
    if (this.#world.isGroup && (adaptive || this.#world.policies.length > 0)) return
    this.#passedOver(other, `acquire ${acquire.id} was served before acquire ${other.id}`)
  }

  #checkPriority(acquire: PendingAcquire, other: PendingAcquire): void {
    if (acquire.priority <= other.priority) {
      other.passedByHigher = 0
      return
    }
    if (++other.passedByHigher > LONGEST_RUN + this.#unheard()) {
      this.#passedOver(other, `acquire ${other.id} starves: ${LONGEST_RUN + 1} of a higher priority in a row`)
    }
  }

  #checkRivals(acquire: PendingAcquire, other: PendingAcquire): void {
    // Members take turns, and a group's callers hear of some of them only.
    if (!this.#sharesFairly || acquire.priority !== other.priority || this.#world.isGroup) return
    const { client } = acquire
    if (client === undefined) {
      other.passedBy.clear()
      return
    }
    const times = (other.passedBy.get(client) ?? 0) + 1
    other.passedBy.set(client, times)
    if (times > 1 + this.#unheard()) {
      this.#passedOver(other, `acquire ${other.id} of nobody was passed twice by client ${client}`)
    }
  }

  #passedOver(other: PendingAcquire, what: string): void {
    const violation = new Violation(5, what)
    if (this.#world.isGroup) this.#suspicions.push({ other, violation })
    else this.#world.violate(violation)
  }

  #overtaken(acquire: PendingAcquire, other: PendingAcquire): void {
    // Whom a member has granted in between, callers of a group need not hear of.
    if (this.#sinceOvertaking + this.#unheard() < PASSES && !this.#world.isGroup) {
      const what = `acquire ${acquire.id} (priority ${acquire.priority}) overtook acquire ${other.id} (${other.priority})`
      this.#passedOver(other, `${what} after ${this.#sinceOvertaking} grants`)
    }
    this.#world.saw('overtaking')
    this.#sinceOvertaking = 0
  }

  /** Those that may have been granted already: what `use` lends is heard of a little later, and so is what was granted
   * in the middle of something else before its `acquire` had returned. */
  #unheard(): number {
    const { borrowers, step } = this.#world
    let unheard = 0
    for (const { isUse, nested, step: begun } of borrowers.pending.values()) {
      if (isUse || (nested && begun === step)) unheard++
    }
    return unheard
  }
}
