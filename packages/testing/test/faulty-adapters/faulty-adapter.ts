import type { Adapter } from '@millpond/core'
import { lineAdapter } from './line-adapter.js'
import type { LineClient } from './line-client.js'

/** An adapter with one fault. */
export interface FaultyAdapter {
  /** What it does wrong, after "an adapter that". */
  readonly fault: string
  /** How the title begins of the clause that is meant for it. */
  readonly clause: string
  /** The same of clauses that may fail as well, since they rest on what is broken. */
  readonly also: readonly string[]
  make(port: number): Adapter<LineClient>
}

/** Where nothing works without what is broken. */
export const everything = ['']

/** The good adapter, with what is given in place of its own. */
export function faulty(
  fault: string,
  clause: string,
  change: (good: Adapter<LineClient>, port: number) => Partial<Adapter<LineClient>>,
  also: readonly string[] = [],
): FaultyAdapter {
  return {
    fault,
    clause,
    also,
    make(port) {
      const good = lineAdapter(port)
      return { ...good, ...change(good, port) }
    },
  }
}
