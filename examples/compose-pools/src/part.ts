/** Something that must hold of what a part has done, in words, with the numbers. */
export interface Finding {
  readonly what: string
  readonly holds: boolean
}

/** What a part has found out: in figures, and what they mean. */
export interface Shown<F> {
  readonly figures: F
  readonly findings: readonly Finding[]
}

/** One part of this example: starts the servers that it needs, does something to its pools, and ends both. */
export type Part<F = unknown> = () => Promise<Shown<F>>

export function finding(what: string, holds: boolean): Finding {
  return { what, holds }
}
