import type { PoolOptions } from '../../src/index.js'
import type { Behaviour } from '../model/program.js'

/** Something a caller or a listener does. `key` and `nth` pick among what there is at that moment. */
export type KeyedAction =
  | AcquireAction
  | { readonly do: 'acquireAborted'; readonly key: number }
  | { readonly do: 'tryAcquire'; readonly key: number }
  | { readonly do: 'use'; readonly key: number; readonly ms: number }
  /** So many borrowers of each of so many keys, who take a lease again and again, each for so long. */
  | {
      readonly do: 'work'
      readonly key: number
      readonly keys: number
      readonly borrowers: number
      readonly rounds: number
      readonly ms: number
    }
  | { readonly do: 'abort'; readonly nth: number }
  | { readonly do: 'release'; readonly nth: number }
  | { readonly do: 'retire'; readonly nth: number }
  | { readonly do: 'destroyLease'; readonly nth: number }
  | { readonly do: 'detach'; readonly nth: number }
  | { readonly do: 'lose'; readonly nth: number }
  | { readonly do: 'retireSignal'; readonly nth: number }
  | { readonly do: 'flush'; readonly key: number; readonly leased: 'on-release' | 'now' }
  | { readonly do: 'flushAll'; readonly leased: 'on-release' | 'now' }
  | PoolAction
  | { readonly do: 'close'; readonly timeout: number; readonly waiters: 'reject' | 'serve' }
  | { readonly do: 'destroy' }

export interface AcquireAction {
  readonly do: 'acquire'
  readonly key: number
  readonly timeout: number | undefined
  readonly fresh: boolean
  readonly signal: boolean
}

/** What is done to the pool of one key. */
export type PoolAction =
  | { readonly do: 'pause'; readonly key: number; readonly waiters: 'hold' | 'reject' }
  | { readonly do: 'resume'; readonly key: number }
  | { readonly do: 'resize'; readonly key: number; readonly min: number; readonly max: number }
  | { readonly do: 'warm'; readonly key: number; readonly count: number }
  | { readonly do: 'closeKey'; readonly key: number; readonly timeout: number; readonly now: boolean }

export type KeyedCommand = KeyedAction | { readonly do: 'advance'; readonly ms: number }

/** How the server of one key behaves: lists are gone through again and again. */
export interface ServerPlan {
  readonly open: readonly Behaviour[]
  readonly close: readonly Behaviour[]
  readonly check: readonly Behaviour[]
  readonly reset: readonly Behaviour[]
  readonly isUsable: readonly boolean[]
}

/** A test: what the pools are made of, and what happens to them. */
export interface KeyedProgram {
  readonly seed: number
  /** One keyed pool, or pools that share a limit. */
  readonly kind: 'keyed' | 'shared'
  readonly total: number
  readonly maxKeys: number
  /** Options of every pool; the servers of the keys differ. */
  readonly options: PoolOptions
  /** Of each key; their number is the number of keys. */
  readonly servers: readonly ServerPlan[]
  readonly has: {
    readonly destroy: boolean
    readonly check: boolean
    readonly reset: boolean
    readonly isUsable: boolean
    readonly capacity: number | undefined
  }
  readonly listeners: readonly { readonly on: ListenedEvent; readonly actions: readonly KeyedAction[] }[]
  /** Whether the test itself listens: with a listener a pool takes another path than without. */
  readonly observed: boolean
  /** Whether everything is left alone at the end until it is forgotten, before the pools are closed. */
  readonly rests: boolean
  readonly commands: readonly KeyedCommand[]
}

export const listenedEvents = [
  'connecting',
  'connect',
  'connectError',
  'transition',
  'retire',
  'disconnect',
  'acquiring',
  'acquire',
  'acquireError',
  'release',
  'flush',
  'quiet',
  'close',
] as const
export type ListenedEvent = (typeof listenedEvents)[number]
