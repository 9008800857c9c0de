import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import type { PoolCore } from '../pool/pool-core.js'
import { Call, contextOf } from './call.js'
import { isThenable } from './is-thenable.js'

/** Action: the adapter's check begins on a connection that nobody else can have meanwhile. */
export function startCheck<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.state !== State['idle.checking']) return
  const { check } = core.adapter
  callAndSend(core, connection, Event.checkPassed, Event.checkFailed, 'unhealthy', (resource, call) =>
    check?.call(core.adapter, resource, contextOf(call, { timeout: core.options.health.timeout })),
  )
}

/** Action: the adapter scrubs a connection between two leases. */
export function startReset<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.state !== State['connected.resetting']) return
  const { reset } = core.adapter
  callAndSend(core, connection, Event.resetPassed, Event.resetFailed, 'reset-failed', (resource, call) =>
    reset?.call(core.adapter, resource, contextOf(call, { timeout: core.options.release.timeout })),
  )
}

/** Calls the adapter and sends the event for its outcome, unless the call has been given up by then. */
function callAndSend<R>(
  core: PoolCore<R>,
  connection: Connection<R>,
  passed: number,
  failed: number,
  reason: 'unhealthy' | 'reset-failed',
  run: (resource: R, call: Call) => unknown,
): void {
  const call = new Call()
  connection.call = call
  const pass = () => {
    if (connection.call !== call) return
    connection.call = undefined
    connection.verifiedAt = core.now()
    if (passed === Event.checkPassed) connection.checkWanted = false
    send(core, connection, passed)
  }
  const fail = (error: unknown) => {
    if (connection.call !== call) return
    connection.call = undefined
    connection.error = error
    connection.closeReason ??= reason
    send(core, connection, failed)
  }
  let outcome: unknown
  try {
    outcome = core.inScope(() => run(connection.resource as R, call))
  } catch (error) {
    fail(error)
    return
  }
  if (isThenable(outcome)) core.inScope(() => Promise.resolve(outcome).then(pass, fail))
  else pass()
}
