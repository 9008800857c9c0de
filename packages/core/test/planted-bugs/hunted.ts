/** What came of one seed's programs. */
export interface Hunted {
  readonly seed: number
  /** How many were run: up to and with the one that failed. */
  readonly programs: number
  /** The message of what ended it, if anything did. */
  readonly why?: string
  /** Which invariant the model saw broken. Without it, `why` is a crash and shows nothing about the model. */
  readonly invariant?: number
}
