import type { ConnectionInfo, KeyedPoolStats } from '@millpond/core'

/** The connections of one origin, whatever their credentials, and the requests that wait for one. */
export interface OriginStats {
  readonly size: number
  readonly connecting: number
  readonly connected: number
  readonly idle: number
  readonly closing: number
  readonly waiting: number
}

/** The sums over all origins, and each origin's own: `https://example.org:443`. */
export interface AgentStats extends KeyedPoolStats {
  readonly origins: Readonly<Record<string, OriginStats>>
  /** Requests sent again because the reused connection was dead. */
  readonly resent: number
  /** Requests that failed because it was, and could not be sent again. */
  readonly stale: number
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Counts by origin; `originOf` knows the keys. */
export function countOrigins(
  connections: Iterable<ConnectionInfo>,
  waiting: Iterable<string>,
  originOf: (key: string) => string,
): Record<string, OriginStats> {
  const counts: Record<string, Mutable<OriginStats>> = {}
  const of = (origin: string) => {
    counts[origin] ??= { size: 0, connecting: 0, connected: 0, idle: 0, closing: 0, waiting: 0 }
    return counts[origin]
  }
  for (const { key, state } of connections) {
    const [kind] = state.split('.') as ['connecting' | 'connected' | 'idle' | 'closing' | 'closed']
    const origin = of(originOf(key as string))
    if (kind === 'closed') continue
    origin.size++
    origin[kind]++
  }
  for (const origin of waiting) of(origin).waiting++
  return counts
}
