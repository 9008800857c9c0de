import { noTotals } from '@millpond/core/kit'
import type { InboundCloseReason, RefuseReason } from './guard-stats.js'

/** What a guard counts since its creation. */
export class GuardTotals {
  opened = 0
  acquired = 0
  timedOut = 0
  abandoned = 0
  readonly refused: Record<RefuseReason, number> = { max: 0, client: 0, closing: 0 }
  readonly closed: Record<InboundCloseReason, number> = { ...noTotals().closed, timeout: 0 }
}
