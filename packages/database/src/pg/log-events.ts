import type { Pool } from '@millpond/core'
import type pg from 'pg'

type Log = (...messages: unknown[]) => void

const removals: Readonly<Record<string, string>> = {
  idle: 'remove idle client',
  uses: 'remove expended client',
  age: 'remove expired client',
}

/** pg-pool's `log`: what becomes of the pool's clients, in its words. */
export function logEvents(pool: Pool<pg.PoolClient>, log: Log): void {
  pool.on('connecting', () => log('connecting new client'))
  pool.on('connect', () => log('new client connected'))
  pool.on('connectError', ({ error }) => log('client failed to connect', error))
  pool.on('retire', ({ reason }) => {
    const removal = removals[reason]
    if (removal !== undefined) log(removal)
  })
}
