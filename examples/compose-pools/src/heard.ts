import type net from 'node:net'
import type { Pool } from '@millpond/core'

/** Resolves when the pool has emitted this so often. */
export function heard(pool: Pool<net.Socket>, event: 'connect' | 'disconnect', times: number): Promise<void> {
  return new Promise((resolve) => {
    let left = times
    const listener = () => {
      if (--left > 0) return
      pool.off(event, listener)
      resolve()
    }
    pool.on(event, listener)
  })
}
