import type { PoolOptions } from '@millpond/core'

/** One step of a program. `nth` picks among what there is at that moment; where there is nothing, nothing happens. */
export type Command =
  | { readonly do: 'acquire' }
  | { readonly do: 'release'; readonly nth: number }
  | { readonly do: 'retire'; readonly nth: number }
  | { readonly do: 'destroy'; readonly nth: number }
  /** A borrower leaves something behind on what it has. */
  | { readonly do: 'dirty'; readonly nth: number }
  /** A `pool.use`, so many times one after the other, each of which may leave something behind, and may fail. */
  | { readonly do: 'use'; readonly times: number; readonly dirties: boolean; readonly fails: boolean }
  | { readonly do: 'kill leased'; readonly nth: number }
  | { readonly do: 'kill idle'; readonly nth: number }
  | { readonly do: 'refuse' | 'blackhole'; readonly on: boolean }
  | { readonly do: 'stop' }
  | { readonly do: 'start' }
  | { readonly do: 'flush'; readonly leased: 'on-release' | 'now' }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'close' }

/** What happens to one pool and its server. */
export interface Program {
  readonly options: PoolOptions
  readonly commands: readonly Command[]
  /** Whether the pool is closed while what was done to the server still holds, or after that was undone. */
  readonly closesUnwell: boolean
  /** Whether leases are kept to the end, so that the pool has to take them away. */
  readonly keepsLeases: boolean
}
