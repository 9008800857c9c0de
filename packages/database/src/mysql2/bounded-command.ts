import { MysqlQueryAbortedError } from './mysql2-errors.js'
import type { Command } from './mysql2-internals.js'

/** A connection that is asked things which may be given up. */
interface Asked {
  readonly isQueryable: boolean
  /** Kills the command if it is running, and leaves it out if its turn has not come. */
  giveUp(command: Command): void
}

const nothing = (): void => {}

/** The options of a query that its caller may give up. */
export interface Bounds {
  readonly signal?: AbortSignal | undefined
  /** mysql2's own: it sees to it itself. */
  readonly timeout?: number | undefined
}

export function isBounded(query: unknown): query is Bounds {
  if (typeof query !== 'object' || query === null) return false
  const { signal, timeout } = query as Bounds
  return signal !== undefined || Boolean(timeout)
}

/**
 * Gives a command up when its signal aborts, or mysql2 says that its `timeout` is over: its caller is told at once, and
 * the server kills it. `givenUp` is called before the caller is told.
 */
export function bound(connection: Asked, command: Command, { signal }: Bounds, givenUp: () => void = nothing): void {
  // Refused, it will not end.
  if (!connection.isQueryable) return
  const { onResult } = command
  let isOver = false
  const end = (): boolean => {
    if (isOver) return false
    isOver = true
    signal?.removeEventListener('abort', abort)
    return true
  }
  const giveUp = () => {
    connection.giveUp(command)
    givenUp()
  }
  const abort = () => {
    if (!end()) return
    giveUp()
    const error = new MysqlQueryAbortedError(signal?.reason)
    if (onResult) onResult(error)
    else command.emit('error', error)
    // What it still brings is nobody's.
    command.onResult = nothing
  }
  const fail = (error: unknown) => {
    if (!end() || !isTimeout(error)) return
    giveUp()
    command.onResult = nothing
  }
  signal?.addEventListener('abort', abort)
  command.once('end', end)
  if (onResult) {
    command.onResult = (error, rows, fields) => {
      fail(error)
      onResult(error, rows, fields)
    }
  } else {
    command.once('error', fail)
  }
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | null | undefined)?.code === 'PROTOCOL_SEQUENCE_TIMEOUT'
}
