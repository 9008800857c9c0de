import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { connectTrace } from '../pool/channels.js'
import type { PoolCore } from '../pool/pool-core.js'
import { Call, contextOf } from './call.js'
import { endNow } from './close-connection.js'
import { isThenable } from './is-thenable.js'

/** Action: the adapter's open begins. Its outcome, whenever it comes, goes to `arrive` or `fail`. */
export function startOpen<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.state !== State.connecting) return
  const { adapter, options } = core
  const call = new Call()
  connection.call = call
  core.opening.add(connection)
  const context = contextOf(call, {
    connectionId: connection.id,
    timeout: options.connect.timeout,
    attempt: connection.failuresBefore + 1,
  })
  const open = () => adapter.open(context)
  let outcome: Promise<R> | R
  try {
    outcome = core.inScope(() => {
      if (!connectTrace.hasSubscribers) return open()
      return connectTrace.tracePromise(async () => open(), { pool: core.name, connection: connection.info })
    })
  } catch (error) {
    fail(core, connection, error)
    return
  }
  if (!isThenable(outcome)) {
    arrive(core, connection, outcome)
    return
  }
  core.inScope(() =>
    Promise.resolve(outcome).then(
      (resource) => arrive(core, connection, resource as R),
      (error) => fail(core, connection, error),
    ),
  )
}

/** Every open that succeeds ends here, in time or late. */
function arrive<R>(core: PoolCore<R>, connection: Connection<R>, resource: R): void {
  if (resource === undefined || resource === null) {
    fail(core, connection, new TypeError(`Adapter "${core.adapter.name}": open() gave ${resource}, not a resource`))
    return
  }
  connection.call = undefined
  connection.resource = resource
  if (connection.state === State.closed) {
    core.totals.late++
    endNow(core, connection, 'late-open')
  } else {
    send(core, connection, Event.opened)
  }
}

/** Every open that fails ends here. */
function fail<R>(core: PoolCore<R>, connection: Connection<R>, error: unknown): void {
  connection.call = undefined
  if (connection.state === State.closed) return
  connection.error = error
  connection.closeReason ??= 'connect-failed'
  send(core, connection, Event.openFailed)
}

/** Action: the resource is ours. */
export function adopt<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const now = core.now()
  const took = now - connection.since
  connection.openedAt = now
  connection.verifiedAt = now
  core.opening.delete(connection)
  core.totals.opened++
  core.histograms?.connect.record(took)
  core.connectTime = Number.isNaN(core.connectTime) ? took : core.connectTime * 0.9 + took * 0.1
  // One that comes after its deadline, or began before the last failure, says nothing about a server that refuses others.
  if (connection.closeReason === undefined && connection.failuresBefore >= core.failures) core.failures = 0
}

/** Action: an open that has not settled by its deadlines is given up. Whatever arrives later is ended by `arrive`. */
export function abandon<R>(core: PoolCore<R>, connection: Connection<R>): void {
  core.totals.abandoned++
  connection.closeReason = 'abandoned'
}

/** Action: the call in progress is given up: its signal aborts, its result will be ignored. */
export function abortCall<R>(core: PoolCore<R>, connection: Connection<R>, call: Call | undefined): void {
  core.opening.delete(connection)
  if (call === undefined) return
  if (connection.call === call) connection.call = undefined
  core.inScope(() => call.abort())
}
