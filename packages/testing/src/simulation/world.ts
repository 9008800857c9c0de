import type { Adapter } from '@millpond/core'
import type { FarEnd } from './far-end.js'
import { adapterOf, farEndOf, type SimulatedAdapterOptions } from './simulated-adapter.js'
import type { SimulatedResource } from './simulated-resource.js'
import type { Violation } from './violation.js'

/** The far ends of a simulation, one for each key. */
export class World {
  readonly farEnds = new Map<string, FarEnd>()
  /** Called when an open begins, after the pool has counted it. */
  onOpen: ((key: string) => void) | undefined
  /** When a call last settled, and when something last went wrong that may keep a pool from opening for a while. */
  lastSettledAt = 0
  lastTroubleAt = Number.NEGATIVE_INFINITY
  readonly #options: SimulatedAdapterOptions
  readonly #random: () => () => number
  readonly #onViolation: (violation: Violation) => void

  constructor(
    options: SimulatedAdapterOptions,
    random: () => () => number,
    onViolation: (violation: Violation) => void,
  ) {
    this.#options = options
    this.#random = random
    this.#onViolation = onViolation
  }

  /** The adapter of a key, whose far end is made when it is first asked for. */
  adapterOf(key: string): Adapter<SimulatedResource> {
    const known = this.farEnds.get(key)
    const farEnd = known ?? farEndOf({ ...this.#options, random: this.#random() })
    if (known === undefined) {
      farEnd.onViolation = this.#onViolation
      farEnd.onSettled = (isTrouble) => {
        this.lastSettledAt = farEnd.now()
        if (isTrouble) this.lastTroubleAt = farEnd.now()
      }
      this.farEnds.set(key, farEnd)
    }
    const adapter = adapterOf(farEnd, this.#options)
    const open = adapter.open
    adapter.open = (context) => {
      this.onOpen?.(key)
      return open.call(adapter, context)
    }
    return adapter
  }

  /** The sum of one count over all far ends. */
  count(name: keyof FarEnd['counts']): number {
    let sum = 0
    for (const { counts } of this.farEnds.values()) sum += counts[name]
    return sum
  }

  /** What is open or opening at one far end. */
  sizeOf(key: string): number {
    const counts = this.farEnds.get(key)?.counts
    return counts === undefined ? 0 : counts.open + counts.connecting
  }
}
