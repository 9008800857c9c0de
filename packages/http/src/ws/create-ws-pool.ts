import { createKeyedPool, type KeyedPool, systemClock } from '@millpond/core'
import type { WebSocket } from 'ws'
import { Transports } from '../http2/transport.js'
import { wsAdapter } from './ws-adapter.js'
import { resolveWsOptions, type WsPoolOptions } from './ws-options.js'
import { readTarget, type WsTarget } from './ws-target.js'

/**
 * A pool of WebSockets for each URL, made when it is first asked for. `perKey` limits the connections to one URL (default
 * 10), `total` all.
 *
 * When a lease ends, listeners that its borrower has left are taken off. A connection is closed instead of kept when what
 * was sent on it is not written yet (`bufferedAmount`), when somebody still waits for a message by `once`, and when a
 * message comes while nobody has it: the next borrower would take it for its own answer.
 *
 * Throws `InvalidOptionError` for bad options; for a bad URL `acquire` and `use` reject with it, and the others throw it.
 * An acquire rejects with `ConnectError`, whose cause is a `WsHandshakeError` with the `status` where the peer answered
 * the upgrade with another than 101.
 *
 * ```ts
 * const pool = createWsPool({ perKey: 4, protocols: 'rpc.v1' })
 * await pool.use('wss://example.org/rpc', (webSocket) => call(webSocket, 'version'))
 * ```
 */
export function createWsPool(given?: WsPoolOptions): KeyedPool<string | URL, WebSocket> {
  const options = resolveWsOptions(given)
  const transports = new Transports(options.transport, options.pool.clock)
  const { ping, onIdleMessage } = options
  const surroundings = { ping, onIdleMessage, clock: options.pool.clock ?? systemClock }
  let last: WsTarget | undefined
  let lastUrl: string | undefined
  const targetOf = (url: string | URL) => {
    if (last === undefined || typeof url !== 'string' || url !== lastUrl) {
      last = readTarget(url)
      lastUrl = typeof url === 'string' ? url : undefined
    }
    return last
  }
  return createKeyedPool<string | URL, WebSocket>({
    ...options.pool,
    key: (url) => targetOf(url).key,
    adapter(url) {
      const target = targetOf(url)
      return wsAdapter(target, transports.to(target, ['http/1.1']), options, surroundings)
    },
  })
}
