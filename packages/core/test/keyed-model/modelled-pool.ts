/** What the model knows of one pool: of the pools of one key the last is the present one. */
export class ModelledPool {
  readonly id: number
  readonly key: string
  /** Its connections whose open has begun. */
  readonly connections = new Set<number>()
  min: number
  max: number
  paused = false
  /** It was told to close. */
  closed = false
  /** Calls of `warm` that have not settled. */
  warming = 0
  /** When an open failed last, or something that may count as that happened. */
  troubleAt = Number.NEGATIVE_INFINITY

  constructor(id: number, key: string, size: { readonly min: number; readonly max: number }) {
    this.id = id
    this.key = key
    this.min = size.min
    this.max = size.max
  }
}
