import { type Connection, ConnectionTimers } from '../connection/connection.js'
import { retire } from '../connection/retire.js'
import type { PoolCore } from '../pool/pool-core.js'
import { ConnectionTimer } from './connection-timer.js'

/** Starts the clock of `lifetime.maxAge`, shortened at random so that connections opened together do not end together. */
export function limitAge<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const { maxAge, jitter } = core.options.lifetime
  if (maxAge === Number.POSITIVE_INFINITY) return
  const timer = new ConnectionTimer(core, connection, endAge)
  connection.timers ??= new ConnectionTimers()
  connection.timers.age = timer
  timer.arm(connection.openedAt, maxAge * (1 - jitter * core.options.random()))
}

function endAge<R>(core: PoolCore<R>, connection: Connection<R>): void {
  retire(core, connection, 'age')
}
