import type { Verdict } from '../policies/policy.js'
import { isRetirement } from '../policies/verdicts.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { Connection } from './connection.js'
import { retire } from './retire.js'

/** Does to a connection what the policies have decided. */
export function obey<R>(core: PoolCore<R>, connection: Connection<R>, verdict: Verdict): void {
  if (verdict === 'check') connection.checkWanted = core.canCheck
  else if (verdict === 'retire') retire(core, connection, 'retired')
  else if (isRetirement(verdict)) retire(core, connection, verdict.reason ?? 'retired', verdict.detail)
}
