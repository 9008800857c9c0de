import { type Adapter, defineAdapter } from '@millpond/core'
import { WebSocket } from 'ws'
import { bothOf, type Transport } from '../http2/transport.js'
import { openWebSocket } from './open-web-socket.js'
import { WsConnection, type WsSurroundings } from './ws-connection.js'
import { WsHandshakeError } from './ws-errors.js'
import type { ResolvedWsOptions } from './ws-options.js'
import type { WsTarget } from './ws-target.js'

/** An adapter for the WebSockets to one target, on the sockets that `transport` opens. */
export function wsAdapter(
  target: WsTarget,
  transport: Transport,
  options: ResolvedWsOptions,
  surroundings: WsSurroundings,
): Adapter<WebSocket> {
  const { concurrency } = options
  const connections = new WeakMap<WebSocket, WsConnection>()
  const connectionOf = (webSocket: WebSocket) => connections.get(webSocket) as WsConnection

  return defineAdapter<WebSocket>({
    name: target.secure ? 'wss' : 'ws',
    async open(ctx) {
      const headers = await options.headers(target.url)
      ctx.signal.throwIfAborted()
      const socket = await transport.open(ctx)
      const { protocols, client, handshakeTimeout: timeout } = options
      const handshake = { protocols, headers, client, timeout, clock: surroundings.clock }
      const webSocket = await openWebSocket(target, socket, handshake, ctx.signal)
      await prepare(webSocket, target, options, ctx.signal)
      connections.set(webSocket, new WsConnection(webSocket, socket, target.address, surroundings))
      return webSocket
    },
    close: (webSocket, { signal }) => connectionOf(webSocket).close(signal),
    destroy: (webSocket) => connectionOf(webSocket).destroy(),
    isUsable: (webSocket) => connectionOf(webSocket).isUsable,
    check: (webSocket, { signal }) => connectionOf(webSocket).check(signal),
    reset: (webSocket) => connectionOf(webSocket).reset(),
    watch: (webSocket, signals) => {
      const connection = connectionOf(webSocket)
      return bothOf(connection.watch(signals), transport.follow?.(connection.socket, signals))
    },
    setRef: (webSocket, keepAlive) => connectionOf(webSocket).setRef(keepAlive),
    ...(concurrency > 1 && { capacity: () => concurrency }),
    // Whether the exchange in which a borrower failed was complete, nobody can tell. Where borrowers share a connection,
    // they tell their messages apart.
    isFatal: (_error, webSocket) => concurrency === 1 || webSocket.readyState !== WebSocket.OPEN,
  })
}

/** Has it flow, and made ready. */
async function prepare(
  webSocket: WebSocket,
  target: WsTarget,
  options: ResolvedWsOptions,
  signal: AbortSignal,
): Promise<void> {
  // It flows once what is queued now is through: whoever gets it has put his listeners on it by then.
  webSocket.resume()
  if (options.prepare === undefined) return
  const ended = endOf(webSocket, target, signal)
  try {
    await Promise.race([options.prepare(webSocket, { signal }), ended.failure])
  } catch (error) {
    webSocket.terminate()
    throw error
  } finally {
    ended.forget()
  }
}

/** A failure that comes with the end of the connection, or of the patience of who opens it. */
function endOf(
  webSocket: WebSocket,
  { address }: WsTarget,
  signal: AbortSignal,
): { readonly failure: Promise<never>; forget(): void } {
  let forget = () => {}
  const failure = new Promise<never>((_resolve, reject) => {
    const onClose = (code: number) => reject(new WsHandshakeError(address, `it was closed with ${code} in prepare`))
    const onAbort = () => reject(signal.reason)
    webSocket.on('close', onClose)
    signal.addEventListener('abort', onAbort, { once: true })
    forget = () => {
      webSocket.off('close', onClose)
      signal.removeEventListener('abort', onAbort)
    }
  })
  return { failure, forget: () => forget() }
}
