import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { isUntried, obey } from '../connection/obey.js'
import { retire } from '../connection/retire.js'
import type { AttachedPolicies } from '../pool/attached-policies.js'
import type { PoolCore } from '../pool/pool-core.js'
import { settleWarming } from '../pool/settle-warming.js'
import { askCapacity, changeCapacity } from './ask-capacity.js'
import { countFailure } from './count-failure.js'

/** Action: an open succeeded; listeners are told, and the adapter watches from here on. */
export function watch<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const { adapter, moments } = core
  const resource = connection.resource as R
  askCapacity(core, connection)
  if (moments.connect.wanted) {
    moments.connect.tell(core, {
      connection: connection.info,
      resource,
      took: connection.openedAt - connection.since,
    })
  }
  settleWarming(core)
  if (core.policies !== undefined && isConnected(connection.state)) judgeNew(core, core.policies, connection)
  if (adapter.watch === undefined || !isConnected(connection.state)) return
  try {
    const unwatch = core.inScope(() =>
      adapter.watch?.(resource, {
        lost: (error) => lose(core, connection, error),
        retire: (detail) => retireByAdapter(core, connection, detail),
        capacityChanged: () => changeCapacity(core, connection),
      }),
    )
    // Lost before it returned: the end of the connection found nothing to call.
    if (isConnected(connection.state)) connection.unwatch = unwatch
    else stopWatching(core, unwatch)
  } catch (error) {
    moments.trouble(core, 'watch', error)
  }
}

function judgeNew<R>(core: PoolCore<R>, policies: AttachedPolicies<R>, connection: Connection<R>): void {
  obey(core, connection, policies.connected(connection))
}

/** Action: the adapter need not watch any longer. */
export function unwatch<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const stop = connection.unwatch
  connection.unwatch = undefined
  stopWatching(core, stop)
}

function stopWatching<R>(core: PoolCore<R>, stop: unknown): void {
  if (typeof stop !== 'function') return
  try {
    core.inScope(() => stop())
  } catch (error) {
    core.moments.trouble(core, 'unwatch', error)
  }
}

/** The connection is gone. May be said twice, too late, or of one that is closing anyway. */
export function lose<R>(core: PoolCore<R>, connection: Connection<R>, error: unknown): void {
  if (!isConnected(connection.state) && !isIdle(connection.state)) return
  connection.closeReason ??= 'lost'
  connection.error ??= error
  // A server that accepts and hangs up is as good as one that refuses: without this it would be hammered.
  if (connection.uses === 0) countFailure(core, connection)
  send(core, connection, Event.lost)
}

function retireByAdapter<R>(core: PoolCore<R>, connection: Connection<R>, detail: string | undefined): void {
  if (isUntried(core, connection)) countFailure(core, connection)
  retire(core, connection, 'retired', detail)
}

function isConnected(state: number): boolean {
  return (
    state === State['connected.leased'] ||
    state === State['connected.leaving'] ||
    state === State['connected.resetting']
  )
}

function isIdle(state: number): boolean {
  return state === State['idle.ready'] || state === State['idle.checking']
}
