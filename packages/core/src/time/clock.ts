/** Where a pool takes its time from. Core reads time and sets timers through nothing else, so a virtual clock rules it whole. */
export interface Clock {
  /** Monotonic time in ms; its origin does not matter. */
  now(): number
  setTimeout(fn: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
  /** Lets a timer hold the process again. Optional: without it and `unref`, timers do what `setTimeout` made them do. */
  ref?(timer: unknown): void
  unref?(timer: unknown): void
}
