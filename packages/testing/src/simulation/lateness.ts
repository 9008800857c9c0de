/** By how much a deadline of so many ms may be missed (DESIGN §3), with the tick that a pool's timers have. */
export function lateness(ms: number): number {
  return Math.max(10, ms * 0.01) + 1
}
