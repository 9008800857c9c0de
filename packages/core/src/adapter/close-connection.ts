import { calm } from '../acquire/dequeue.js'
import type { Connection, ConnectionTimers } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { TroubleSource } from '../pool/pool-events.js'
import { Call, contextOf } from './call.js'
import { isThenable } from './is-thenable.js'

/** Action: the adapter's graceful close begins. */
export function startClose<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.state !== State['closing.graceful'] || connection.closeCalled) return
  const call = new Call()
  connection.call = call
  connection.closeCalled = true
  const context = contextOf(call, { reason: connection.closeReason ?? 'retired' })
  const settle = (event: number) => {
    if (connection.call !== call) return
    connection.call = undefined
    send(core, connection, event)
  }
  const fail = (error: unknown) => {
    if (connection.call !== call) return
    core.moments.trouble(core, 'close', error)
    settle(Event.closeFailed)
  }
  let outcome: unknown
  try {
    outcome = core.inScope(() => core.adapter.close(connection.resource as R, context))
  } catch (error) {
    fail(error)
    return
  }
  if (isThenable(outcome)) core.inScope(() => Promise.resolve(outcome).then(() => settle(Event.closeSettled), fail))
  else settle(Event.closeSettled)
}

/** Action: the resource ends now. */
export function destroyResource<R>(core: PoolCore<R>, connection: Connection<R>): void {
  endNow(core, connection, 'destroy')
}

/** Ends a resource at once: by `destroy`, else by a `close` that nobody waits for. */
export function endNow<R>(core: PoolCore<R>, connection: Connection<R>, source: TroubleSource): void {
  const { adapter } = core
  const resource = connection.resource as R
  const reason = connection.closeReason ?? 'destroyed'
  if (adapter.destroy === undefined && connection.closeCalled) return
  try {
    const outcome = core.inScope<unknown>(() =>
      adapter.destroy === undefined
        ? adapter.close(resource, contextOf(new Call(), { reason }))
        : adapter.destroy(resource, reason),
    )
    if (!isThenable(outcome)) return
    core.inScope(() =>
      Promise.resolve(outcome).then(undefined, (error: unknown) => core.moments.trouble(core, source, error)),
    )
  } catch (error) {
    core.moments.trouble(core, source, error)
  }
}

/** Action: nothing is left to close. */
export function end<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.state === State['closing.empty']) send(core, connection, Event.ended)
}

/** Action: the connection leaves the pool's books. */
export function forget<R>(core: PoolCore<R>, connection: Connection<R>): void {
  ;(core.counts[State.closed] as number)--
  core.connections.delete(connection)
  core.opening.delete(connection)
  core.size--
  core.untold++
  calm(core)
  core.totals.closed[connection.closeReason ?? 'retired']++
  if (core.oldestLeased?.connection === connection) core.oldestLeased = undefined
  if (connection.timers !== undefined) disarmTimers(core, connection.timers)
  core.spares?.update(connection)
}

function disarmTimers<R>({ wheel }: PoolCore<R>, { age, health, policy }: ConnectionTimers): void {
  for (const timer of [age, health, policy]) if (timer !== undefined) wheel.disarm(timer)
}

/** Action: the end is told. */
export function report<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const reason = connection.closeReason ?? 'retired'
  core.policies?.disconnected(connection, reason)
  core.untold--
  if (!core.moments.disconnect.wanted) return
  const age = connection.resource === undefined ? 0 : core.now() - connection.openedAt
  const { info, uses, error } = connection
  core.moments.disconnect.tell(core, { connection: info, reason, age, uses, ...(error === undefined ? {} : { error }) })
}
