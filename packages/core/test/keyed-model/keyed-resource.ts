import type { WatchSignals } from '../../src/index.js'
import type { ModelledPool } from './modelled-pool.js'

/** A resource as the far end and the adapter know it. */
export class KeyedResource {
  readonly id: number
  readonly connectionId: number
  readonly pool: ModelledPool
  /** The adapter's call in progress. */
  call: { readonly what: string; readonly signal: AbortSignal } | undefined
  dead = false
  /** The pool has been told that it is dead. */
  reported = false
  /** A check or a reset said no, or so did the socket check. */
  condemned = false
  closes = 0
  destroys = 0
  detached = false
  uses = 0
  /** The command that flushed it. */
  flushedAt = Number.POSITIVE_INFINITY
  signals: WatchSignals | undefined

  constructor(id: number, connectionId: number, pool: ModelledPool) {
    this.id = id
    this.connectionId = connectionId
    this.pool = pool
  }

  get ended(): boolean {
    return this.closes + this.destroys > 0
  }

  die(): void {
    this.dead = true
    if (this.signals === undefined) return
    this.reported = true
    this.signals.lost(new Error('the far end went away'))
  }

  toString(): string {
    return `${this.pool.key}#${this.connectionId}`
  }
}
