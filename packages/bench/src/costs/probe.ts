import type { ContenderName } from '../contenders/index.js'

/** What one fresh process finds out about one pool, told to it as JSON. */
export type Probe = AllocationProbe | GcProbe | ExpiryProbe | MemoryProbe

/** What one acquire and one release leave behind for the garbage collector. */
export interface AllocationProbe {
  readonly kind: 'allocations'
  readonly contender: ContenderName
  readonly borrowers: number
}

/** How long acquires wait while the process allocates as a web server does. */
export interface GcProbe {
  readonly kind: 'gc'
  readonly contender: ContenderName
  /** ms. */
  readonly duration: number
}

/** For how long the event loop stands still when so many are due at once. */
export interface ExpiryProbe {
  readonly kind: 'expiries'
  readonly contender: ContenderName
  readonly of: 'acquire' | 'idle' | 'lifetime'
  readonly count: number
  /** ms until they are due. */
  readonly timeout: number
}

/** What so many are held in memory by. */
export interface MemoryProbe {
  readonly kind: 'memory'
  readonly contender: ContenderName
  readonly of: 'idle' | 'waiter' | 'key'
  readonly count: number
}

/** By their names. */
export type Figures = Readonly<Record<string, number>>
