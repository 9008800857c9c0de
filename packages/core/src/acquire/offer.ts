import type { CloseReason } from '../adapter/adapter.js'
import { countFailure } from '../adapter/count-failure.js'
import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { isUntried } from '../connection/obey.js'
import { retire } from '../connection/retire.js'
import type { PoolCore } from '../pool/pool-core.js'
import { grantWaiter } from './grant.js'
import { isLendable } from './is-lendable.js'
import { judgeHeads, nextAdmitted } from './judge-heads.js'

const LEASED = State['connected.leased']

/** Action, and the end of every release: a connected connection that nobody holds goes to the next waiter, to rest, or
 * on its way out. Listeners and adapters are called meanwhile, so every step looks at where it stands. */
export function offer<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (!isWelcome(core, connection)) {
    offerToWaiters(core, connection)
  } else if (core.queue.size === 0) {
    send(core, connection, Event.rest)
    if (core.idling > core.terms.idleMax) trim(core)
  } else {
    const next = core.isOrdinary && core.granting ? core.queue.nextOrdinary : undefined
    if (next === undefined) offerToWaiters(core, connection)
    else grantWaiter(core, connection, next)
  }
}

/** What the hot path needs to know: whole, wanted, and not one too many. */
function isWelcome<R>(core: PoolCore<R>, connection: Connection<R>): boolean {
  return (
    connection.state === LEASED &&
    connection.closeReason === undefined &&
    connection.uses < core.terms.maxUses &&
    core.size <= core.max
  )
}

function offerToWaiters<R>(core: PoolCore<R>, connection: Connection<R>): void {
  // Before room is made for a `fresh` waiter that policies would not admit; once a turn, whatever they say next.
  if (core.judgesAcquires && core.admitted === undefined && core.queue.fresh > 0 && isWelcome(core, connection)) {
    judgeHeads(core, 'turn')
  }
  if (core.queue.fresh > 0 || !isWelcome(core, connection)) retireUnwanted(core, connection)
  lendToWaiters(core, connection)
  if (connection.leases > 0) return
  if (connection.state === LEASED) {
    send(core, connection, Event.rest)
    trim(core)
    // A check is due, or a client whose share has come free wants another connection than this one.
    if (connection.checkWanted || (core.queue.clients !== undefined && core.queue.size > 0)) core.owner.serve()
  } else if (connection.state === State['connected.leaving']) {
    send(core, connection, Event.released)
  }
}

/** Lends a connected connection to waiters, as many as it can carry. */
export function lendToWaiters<R>(core: PoolCore<R>, connection: Connection<R>): void {
  let isExamined = !core.examines
  while (canCarry(core, connection)) {
    const waiter = nextAdmitted(core, connection.id)
    if (waiter === undefined) return
    if (!isExamined && !isLendable(core, connection, connection.uses === 0)) return
    isExamined = true
    // Those asked may have run callers: the pool may be paused, the connection lent or ended, another next.
    if (!core.granting) return
    if (!canCarry(core, connection)) return
    if (!waiter.queued || core.queue.nextFor(connection.id) !== waiter) continue
    grantWaiter(core, connection, waiter)
    if (core.spares === undefined) return
    isExamined = !core.examines
  }
}

/** It can be given another lease now. */
function canCarry<R>({ spares }: PoolCore<R>, connection: Connection<R>): boolean {
  if (spares !== undefined) return spares.hasRoom(connection)
  const { state, leases, closeReason, checkWanted } = connection
  return state === LEASED && leases === 0 && closeReason === undefined && !checkWanted
}

/** Retires a connection that nobody holds if it should not be lent again. */
export function retireUnwanted<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.state !== LEASED) return
  const reason = whyUnwanted(core, connection)
  if (reason !== undefined) retire(core, connection, reason)
}

function whyUnwanted<R>(core: PoolCore<R>, connection: Connection<R>): CloseReason | undefined {
  if (connection.closeReason !== undefined) return connection.closeReason
  if (connection.uses >= core.terms.maxUses) return 'uses'
  if (core.size > core.max && core.live > core.max) return 'surplus'
  // In the turn of a `fresh` waiter an old connection can only make room.
  if (core.queue.fresh > 0 && isTurnOfFresh(core, connection) && needsRoom(core)) return 'surplus'
  return undefined
}

function isTurnOfFresh<R>(core: PoolCore<R>, connection: Connection<R>): boolean {
  const { next } = core.queue
  if (next === undefined || next.minId <= connection.id) return false
  // One of a lower priority may be content with it.
  const other = core.queue.nextFor(connection.id)
  return other === undefined || other.minId === 0
}

/** More `fresh` waiters than opens or closes in progress will serve, and no room for another open. */
function needsRoom<R>(core: PoolCore<R>): boolean {
  const { fresh } = core.queue
  return fresh > 0 && core.granting && core.size >= core.max && fresh > opensForFresh(core) + core.closing
}

/** Opens in flight that began late enough for the first of the `fresh` waiters. Where connections carry many leases, those
 * that are open but full count as well: they will do when they carry more. */
export function opensForFresh<R>(core: PoolCore<R>): number {
  const { oldestFresh } = core.queue
  if (oldestFresh === undefined) return 0
  let coming = 0
  const opens = core.spares === undefined ? core.opening : core.connections
  for (const { id, state } of opens) if (id >= oldestFresh.minId && !isLeaving(state)) coming++
  return coming
}

function isLeaving(state: number): boolean {
  return (
    state === State['connected.leaving'] ||
    state === State['closing.pending'] ||
    state === State['closing.graceful'] ||
    state === State['closing.empty']
  )
}

/** Closes the longest idle while there are more than may be: after `resize` down, beyond `idle.max`, or in the way of a
 * `fresh` waiter who needs room for an open. */
export function trim<R>(core: PoolCore<R>): void {
  while (core.live > core.max || core.idling > core.terms.idleMax || needsRoom(core)) {
    const connection = core.idle.oldestReady()
    if (connection === undefined) return
    // It carried nothing from the first: the next may be no better.
    if (connection.capacity === 0 && isUntried(core, connection)) countFailure(core, connection)
    retire(core, connection, 'surplus')
  }
}
