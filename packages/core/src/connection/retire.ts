import type { CloseReason } from '../adapter/adapter.js'
import { countSlots } from '../adapter/ask-capacity.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { Connection } from './connection.js'
import { Event, State } from './connection-table.js'
import { send } from './drive.js'

/** Decides that a connection ends, once it is free: now if nobody has it. The first reason stays; one that is on its
 * way out already is left alone. */
export function retire<R>(core: PoolCore<R>, connection: Connection<R>, reason: CloseReason, detail?: string): void {
  if (!isRetirable(connection.state)) return
  connection.closeReason ??= reason
  connection.retireDetail = detail
  if (connection.slots > 0) countSlots(core, connection, 0)
  send(core, connection, Event.retire)
}

/** Action: the decision is told. */
export function tellRetired<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (!core.moments.retire.wanted) return
  const { info, closeReason: reason = 'retired', retireDetail: detail } = connection
  core.moments.retire.tell(core, { connection: info, reason, ...(detail === undefined ? {} : { detail }) })
}

/** Ends a connection at once, whatever it is doing. An open in progress is abandoned. */
export function destroy<R>(core: PoolCore<R>, connection: Connection<R>, reason: CloseReason): void {
  connection.closeReason ??= reason
  if (connection.state === State.connecting) send(core, connection, Event.destroy)
  if (connection.state !== State.closed && connection.state !== State['closing.empty'])
    send(core, connection, Event.destroy)
}

function isRetirable(state: number): boolean {
  return (
    state === State['idle.ready'] ||
    state === State['connected.leased'] ||
    state === State['idle.checking'] ||
    state === State['connected.resetting'] ||
    state === State.connecting
  )
}
