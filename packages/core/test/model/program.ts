import type { PoolOptions } from '../../src/index.js'

/** On whose behalf; nobody's where undefined. */
export type ClientName = 'a' | 'b' | undefined

export interface AcquireAction {
  readonly do: 'acquire'
  readonly timeout: number | undefined
  readonly fresh: boolean
  readonly signal: boolean
  readonly priority: number
  readonly client: ClientName
}

export interface UseAction {
  readonly do: 'use'
  readonly fails: boolean
  /** How long the function takes. */
  readonly ms: number
  readonly client: ClientName
  /** What the function does to the pool: a use is waited for. */
  readonly inside: Action | undefined
  /** It does so later, and the function does not wait for it. */
  readonly outlives: boolean
}

/** Something a caller, a listener or an adapter callback does to a pool. `nth` picks among what there is at that moment. */
export type Action =
  | AcquireAction
  /** A spike: all at once, nobody gives up. */
  | { readonly do: 'burst'; readonly acquires: readonly AcquireAction[] }
  | { readonly do: 'acquireAborted' }
  | { readonly do: 'tryAcquire'; readonly client: ClientName }
  | UseAction
  | { readonly do: 'abort'; readonly nth: number }
  | { readonly do: 'release'; readonly nth: number }
  | { readonly do: 'releaseTwice'; readonly nth: number }
  | { readonly do: 'dispose'; readonly nth: number }
  | { readonly do: 'retire'; readonly nth: number }
  | { readonly do: 'destroyLease'; readonly nth: number }
  | { readonly do: 'detach'; readonly nth: number }
  | { readonly do: 'lose'; readonly nth: number }
  | { readonly do: 'loseTwice'; readonly nth: number }
  | { readonly do: 'retireSignal'; readonly nth: number }
  | { readonly do: 'capacity'; readonly nth: number; readonly to: number }
  | { readonly do: 'flush'; readonly leased: 'on-release' | 'now' }
  | { readonly do: 'pause'; readonly waiters: 'hold' | 'reject' }
  | { readonly do: 'resume' }
  | { readonly do: 'resize'; readonly min: number; readonly max: number }
  | { readonly do: 'warm'; readonly count: number }
  /** A policy wants to be asked again, or an idle connection gone, without a reason. */
  | { readonly do: 'wake'; readonly nth: number }
  | { readonly do: 'evict'; readonly nth: number }
  | { readonly do: 'close'; readonly timeout: number; readonly waiters: 'reject' | 'serve' }
  | { readonly do: 'destroyPool' }

export type Command = Action | { readonly do: 'advance'; readonly ms: number }

/** How one call of the adapter goes. */
export interface Behaviour {
  readonly how: 'sync' | 'resolve' | 'slow' | 'reject' | 'rejectSlowly' | 'throw' | 'never' | 'late' | 'undefined'
  readonly ms: number
  /** Stops when its signal aborts. */
  readonly obeys: boolean
  /** What the adapter itself does to the pool in the middle of it. */
  readonly meanwhile: Action | undefined
}

/** How a synchronous question to the adapter goes. */
export type Quirk = 'quiet' | 'loses' | 'throw' | 'acts'

export type VerdictTurn = 'keep' | 'check' | 'retire' | 'retireFor' | 'throw' | 'acts'
export type AdmissionTurn = 'admit' | 'wait' | 'reject' | 'rejectWith' | 'throw' | 'acts'

/** A policy of the program's own. Each hook's list is gone through again and again; without one there is no such hook. */
export interface PolicyPlan {
  readonly onConnect: readonly VerdictTurn[]
  readonly onAcquire: readonly VerdictTurn[]
  readonly onRelease: readonly VerdictTurn[]
  readonly onIdle: readonly (VerdictTurn | 'lookAgain')[]
  readonly admit: readonly AdmissionTurn[]
  readonly mayOpen: readonly AdmissionTurn[]
  /** What it does when it is told of opens and ends. */
  readonly told: readonly ('quiet' | 'throw' | 'acts')[]
  /** After so many ms it calls `wake()` where it let somebody wait, and wants to look again at what is idle. */
  readonly ms: number
  /** It calls `wake(at)` at once rather than `wake()` then. */
  readonly wakesAhead: boolean
  readonly asides: readonly Action[]
}

export interface Program {
  readonly seed: number
  readonly options: PoolOptions
  /** Which optional methods the adapter has, and how each goes: the lists are gone through again and again. */
  readonly adapter: {
    readonly has: {
      readonly [K in 'destroy' | 'isUsable' | 'check' | 'reset' | 'watch' | 'setRef' | 'capacity' | 'isFatal']: boolean
    }
    readonly open: readonly Behaviour[]
    readonly check: readonly Behaviour[]
    readonly reset: readonly Behaviour[]
    readonly close: readonly Behaviour[]
    readonly isUsable: readonly ('yes' | 'no' | 'throw' | 'loses' | 'acts')[]
    readonly watch: readonly Quirk[]
    readonly setRef: readonly Quirk[]
    readonly isFatal: readonly ('no' | 'yes' | 'throw' | 'acts')[]
    /** Leases that a resource carries when it is opened. */
    readonly carries: readonly number[]
    /** What the question for it meets. */
    readonly capacity: readonly (Quirk | 'nonsense')[]
    /** What a synchronous call that `acts` does to the pool. */
    readonly asides: readonly Action[]
  }
  readonly policies: readonly PolicyPlan[]
  /** Listeners that act; each does its actions one by one, an event each. */
  readonly listeners: readonly {
    readonly on: ListenedEvent
    readonly actions: readonly Action[]
    readonly throws: boolean
  }[]
  /** Whether the test itself listens: with a listener the pool takes another path than without. */
  readonly observed: boolean
  readonly commands: readonly Command[]
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
  'slow',
  'leak',
  'misuse',
] as const
export type ListenedEvent = (typeof listenedEvents)[number]
