/** A call of `warm` in progress. */
export interface Warming {
  readonly count: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}
