/** How long a group took, or is expected to take, in s, by its name. */
export type Seconds = ReadonlyMap<string, number>

/**
 * Seconds that the groups ahead will take: what they took before, at the pace of those that are done now. Nothing while
 * nobody knows.
 */
export function timeLeft(ahead: readonly string[], before: Seconds, done: Seconds): number | undefined {
  const known = ahead.map((name) => before.get(name))
  if (known.some((seconds) => seconds === undefined)) return undefined
  const both = [...done.keys()].filter((name) => before.has(name))
  const pace =
    both.length === 0 ? 1 : sum(both.map((name) => done.get(name))) / sum(both.map((name) => before.get(name)))
  return sum(known) * pace
}

/** For people: no more exact than it can be. */
export function roughly(seconds: number): string {
  return seconds < 90 ? `about ${Math.max(5, Math.round(seconds / 5) * 5)} s` : `about ${Math.round(seconds / 60)} min`
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0)
}
