/** One of them, whatever the number; undefined where there is none. */
export function pick<T>(from: readonly T[], nth: number): T | undefined {
  return from.length === 0 ? undefined : from[nth % from.length]
}
