import type { WatchSignals } from '../../src/index.js'

/** A resource as the far end and the adapter know it. */
export class ModelResource {
  readonly id: number
  readonly connectionId: number
  /** The adapter's call in progress, with its signal. */
  call: { readonly what: string; readonly signal: AbortSignal } | undefined
  /** The far end is gone; `reported` once the pool has been told. */
  dead = false
  reported = false
  /** Leases it had had when a check or a reset said no, or a policy: there may be no more. */
  lastUses = Number.POSITIVE_INFINITY
  closes = 0
  destroys = 0
  /** The command during which its close succeeded: from then on nothing may follow. */
  closedAtStep = Number.POSITIVE_INFINITY
  detached = false
  signals: WatchSignals | undefined
  /** Leases that it carries. */
  carries: number
  /** As many as the pool has been told, and the most that it was told during the present command. */
  told = 1
  mostTold = 1
  /** Called when the pool may take it for a failure to connect. */
  readonly #onTrouble: () => void

  constructor(id: number, connectionId: number, carries: number, onTrouble: () => void) {
    this.id = id
    this.connectionId = connectionId
    this.carries = carries
    this.#onTrouble = onTrouble
  }

  get ended(): boolean {
    return this.closes + this.destroys > 0
  }

  /** The pool has got this for an answer to `capacity`. */
  tell(capacity: number): number {
    this.told = capacity
    this.mostTold = Math.max(this.mostTold, capacity)
    return capacity
  }

  /** It must not be lent again, after so many leases. */
  condemn(uses: number): void {
    this.lastUses = Math.min(this.lastUses, uses)
  }

  die(): void {
    this.dead = true
    this.#onTrouble()
    if (this.signals !== undefined) {
      this.reported = true
      this.signals.lost(new Error('the far end went away'))
    }
  }

  toString(): string {
    return `#${this.connectionId}`
  }
}
