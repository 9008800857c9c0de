import type { Pool } from '@millpond/core'
import type { Board } from './board.js'
import type { CellState } from './cells.js'
import { inShort } from './happenings.js'

/** Puts on the board what a pool tells by its events. */
export function showPool(pool: Pool<unknown>, { cells, happenings }: Board): void {
  pool.on('connecting', ({ connection }) => cells.set(connection.id, 'connecting'))
  pool.on('transition', ({ connection, to }) => {
    // 'idle.checking' is a child state of 'idle'
    cells.set(connection.id, to.split('.')[0] as CellState)
  })
  pool.on('connect', () => happenings.add('the pool opens a connection'))
  pool.on('connectError', ({ error }) =>
    happenings.add(`the pool cannot connect and will try again: ${inShort(error)}`),
  )
  pool.on('disconnect', ({ reason, error }) => {
    if (reason === 'connect-failed') return
    happenings.add(`the pool ends a connection, ${reason}${error === undefined ? '' : `: ${message(error)}`}`)
  })
  pool.on('error', ({ error, source }) => happenings.add(`trouble from ${source}: ${message(error)}`))
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
