import type { PoolStats } from '../pool/pool-stats.js'
import type { Detours } from './detours.js'
import type { WaitingRoom } from './waiting-room.js'

const states = ['running', 'paused', 'closing', 'closed'] as const

/** The group as one pool: running if any member is, else paused, closing or closed. */
function groupState(all: readonly PoolStats[]): PoolStats['state'] {
  return states.find((state) => all.some((stats) => stats.state === state)) ?? 'closed'
}

/** Those whose limits count: members that are closing have none to offer, unless all are. */
export function living<T extends { readonly state: PoolStats['state'] }>(all: readonly T[]): readonly T[] {
  const alive = all.filter(({ state }) => state === 'running' || state === 'paused')
  return alive.length > 0 ? alive : all
}

/**
 * Counts are summed, ages and the generation are the highest. An acquire that was tried at several members counts once.
 * No histograms: those of the members cannot be merged from their percentiles.
 */
export function sumStats<R>(all: readonly PoolStats[], detours: Detours, room: WaitingRoom<R>): PoolStats {
  const sums = all.reduce(add)
  let waitingTwice = 0
  for (const { at } of room) waitingTwice += Math.max(0, at.size - 1)
  const { histograms: _, ...stats } = {
    ...sums,
    state: groupState(all),
    min: living(all).reduce((sum, { min }) => sum + min, 0),
    max: living(all).reduce((sum, { max }) => sum + max, 0),
    waiting: sums.waiting - waitingTwice,
    acquired: sums.acquired - detours.acquired,
    timedOut: sums.timedOut - detours.timedOut,
    aborted: sums.aborted - detours.aborted,
    rejected: sums.rejected - detours.rejected,
  }
  return stats
}

const highest: readonly string[] = ['generation', 'oldestLease', 'oldestWaiter']

/** Whatever a pool counts: by kind of value rather than by name. */
function add<T extends object>(a: T, b: T): T {
  const sum = { ...a } as Record<string, unknown>
  for (const [name, value] of Object.entries(b)) {
    const before = sum[name]
    if (before === undefined) sum[name] = value
    else if (typeof value === 'number') sum[name] = merge(name, before as number, value)
    else if (typeof value === 'object' && value !== null) sum[name] = add(before as object, value)
  }
  return sum as T
}

function merge(name: string, a: number, b: number): number {
  return highest.includes(name) ? Math.max(a, b) : a + b
}
