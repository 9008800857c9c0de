import { createPool } from '@millpond/core'
import { tcp } from '@millpond/tcp'
import type { Access } from '../load/clients.js'
import type { Options } from '../options.js'
import { lineProtocol } from '../protocol/line-adapter.js'
import type { Board } from '../view/board.js'
import { showPool } from '../view/show-pool.js'

/** With a pool: connections stay open and are lent to one request after the other. */
export function withPool(port: number, options: Options, board: Board): Access {
  const pool = createPool(lineProtocol(tcp({ host: '127.0.0.1', port })), {
    size: { max: options.max },
    acquire: { timeout: options.deadline },
    // Requests outlive an outage of the server: they keep their place until their own deadline.
    connect: { retry: true, timeout: 2_000, backoff: { initialDelay: 20, maxDelay: 100 } },
  })
  showPool(pool, board)
  return {
    ask: (request) => pool.use((connection) => request.askOn(connection), { signal: request.deadline }),
    get waiting() {
      return pool.stats().waiting
    },
    close: (timeout) => pool.close({ timeout }),
  }
}
