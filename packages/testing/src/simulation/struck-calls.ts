import type { Fault, FaultSchedule, SimulatedCall } from './fault.js'
import { sampler } from './latency.js'

/** How a connection will be lost. */
export interface Loss {
  /** ms since the adapter was made. */
  readonly at: number
  readonly notice: 'event' | 'asked' | 'none'
}

/** Which calls a fault schedule strikes. */
export class StruckCalls {
  readonly #byCall: Readonly<Record<SimulatedCall, readonly Fault[]>>
  readonly #losses: readonly (Fault & { readonly kind: 'lose' })[]
  readonly #random: () => number
  /** Those that strike once, and have. */
  readonly #spent = new Set<Fault>()

  constructor(faults: FaultSchedule, random: () => number) {
    const of = (call: SimulatedCall) => faults.filter((fault) => callOf(fault) === call)
    this.#byCall = { connect: of('connect'), check: of('check'), reset: of('reset'), close: of('close') }
    this.#losses = faults.filter((fault) => fault.kind === 'lose')
    this.#random = random
  }

  /** The fault that strikes a call that begins at `now`. */
  strike(call: SimulatedCall, now: number): Fault | undefined {
    for (const fault of this.#byCall[call]) {
      if (!this.#isDue(fault, now) || !this.#isDrawn(fault)) continue
      if (fault.at !== undefined) this.#spent.add(fault)
      return fault
    }
    return undefined
  }

  /** How a connection that is opened at `now` will be lost: the earliest way; undefined if it will not be. */
  lossOf(now: number): Loss | undefined {
    let earliest: Loss | undefined
    for (const fault of this.#losses) {
      const at = this.#momentOf(fault, now)
      if (at !== undefined && at < (earliest?.at ?? Number.POSITIVE_INFINITY)) {
        earliest = { at, notice: fault.notice ?? 'event' }
      }
    }
    return earliest
  }

  #momentOf(fault: Fault & { readonly kind: 'lose' }, now: number): number | undefined {
    if (fault.at !== undefined) return fault.at > now && this.#isDrawn(fault) ? fault.at : undefined
    if (!this.#isDue(fault, now) || !this.#isDrawn(fault)) return undefined
    return now + sampler(fault.after ?? 0, this.#random)()
  }

  #isDue(fault: Fault, now: number): boolean {
    if (fault.at !== undefined) return now >= fault.at && !this.#spent.has(fault)
    return now >= (fault.from ?? 0) && now < (fault.until ?? Number.POSITIVE_INFINITY)
  }

  #isDrawn({ probability = 1 }: Fault): boolean {
    return probability >= 1 || this.#random() < probability
  }
}

function callOf(fault: Fault): SimulatedCall | undefined {
  switch (fault.kind) {
    case 'refuse':
      return 'connect'
    case 'hang':
    case 'slow':
      return fault.call ?? 'connect'
    case 'fail-check':
      return 'check'
    case 'fail-reset':
      return 'reset'
    case 'fail-close':
      return 'close'
    case 'lose':
      return undefined
  }
}
