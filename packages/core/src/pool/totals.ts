import type { CloseReason } from '../adapter/adapter.js'

/** Counts since the pool was made. */
export interface Totals {
  opened: number
  acquired: number
  timedOut: number
  aborted: number
  rejected: number
  abandoned: number
  late: number
  readonly closed: Record<CloseReason, number>
}

export function noTotals(): Totals {
  return {
    opened: 0,
    acquired: 0,
    timedOut: 0,
    aborted: 0,
    rejected: 0,
    abandoned: 0,
    late: 0,
    closed: {
      idle: 0,
      age: 0,
      uses: 0,
      lost: 0,
      unhealthy: 0,
      stale: 0,
      'reset-failed': 0,
      retired: 0,
      destroyed: 0,
      detached: 0,
      surplus: 0,
      'connect-failed': 0,
      abandoned: 0,
      revoked: 0,
      'pool-closed': 0,
    },
  }
}

/** Adds `more` to `sum`. */
export function addTotals(sum: Totals, { closed, ...counts }: Totals): void {
  for (const [name, count] of Object.entries(counts)) sum[name as keyof typeof counts] += count
  for (const [reason, count] of Object.entries(closed)) sum.closed[reason as CloseReason] += count
}
