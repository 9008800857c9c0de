import { tcp } from '@millpond/tcp'
import type { Access } from '../load/clients.js'
import type { Request } from '../load/request.js'
import type { Options } from '../options.js'
import { lineProtocol } from '../protocol/line-adapter.js'
import type { LineConnection } from '../protocol/line-connection.js'
import type { Board } from '../view/board.js'

/** ms for a goodbye. */
const closeTimeout = 1_000

/** Without a pool: the same adapter, but each request opens a connection, shakes hands, asks and closes. */
export function withoutPool(port: number, options: Options, board: Board): Access {
  const adapter = lineProtocol(tcp({ host: '127.0.0.1', port }))
  let opened = 0
  let waiting = 0

  async function ask(request: Request): Promise<void> {
    const connectionId = ++opened
    board.cells.set(connectionId, 'connecting')
    try {
      waiting++
      const open = adapter.open({ signal: request.deadline, connectionId, timeout: options.deadline, attempt: 1 })
      const connection = await Promise.resolve(open).finally(() => waiting--)
      board.cells.set(connectionId, 'connected')
      try {
        await request.askOn(connection)
      } finally {
        board.cells.set(connectionId, 'closing')
        await close(connection)
      }
    } finally {
      board.cells.set(connectionId, 'closed')
    }
  }

  async function close(connection: LineConnection): Promise<void> {
    try {
      await adapter.close(connection, { signal: AbortSignal.timeout(closeTimeout), reason: 'retired' })
    } catch {
      adapter.destroy?.(connection, 'retired')
    }
  }

  return {
    ask,
    get waiting() {
      return waiting
    },
    close: async () => {},
  }
}
