import type { InboundCloseReason, RefuseReason } from './guard-stats.js'

/** What a guard counts since its creation. */
export class GuardTotals {
  opened = 0
  acquired = 0
  timedOut = 0
  abandoned = 0
  readonly refused: Record<RefuseReason, number> = { max: 0, client: 0, closing: 0 }
  readonly closed: Record<InboundCloseReason, number> = {
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
    timeout: 0,
  }
}
