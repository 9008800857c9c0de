import { countFailure } from '../adapter/count-failure.js'
import type { Verdict } from '../policies/policy.js'
import { isRetirement } from '../policies/verdicts.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { Connection } from './connection.js'
import { retire } from './retire.js'

/** Does to a connection what the policies have decided. */
export function obey<R>(core: PoolCore<R>, connection: Connection<R>, verdict: Verdict): void {
  if (verdict === 'check') connection.checkWanted = core.terms.canCheck
  if (!isRetirement(verdict)) return
  if (isUntried(core, connection)) countFailure(core, connection)
  if (verdict === 'retire') retire(core, connection, 'retired')
  else retire(core, connection, verdict.reason ?? 'retired', verdict.detail)
}

/** To be retired as soon as it was opened, and lent to nobody: without a backoff the next would follow at once, for ever. */
export function isUntried<R>(core: PoolCore<R>, connection: Connection<R>): boolean {
  if (connection.uses > 0 || connection.closeReason !== undefined) return false
  return core.now() - connection.openedAt < core.options.connect.backoff.initialDelay
}
