import type net from 'node:net'
import { untilClosed } from './until-closed.js'

/**
 * Sends FIN (with TLS, close_notify first) after what is still to be written, and resolves once the socket has
 * closed, that is, the peer has sent its own. Resolves at once when it has closed already.
 *
 * Rejects with the signal's reason when that aborts first; the socket is then as it was, and `destroy` is due.
 */
export async function closeSocket(socket: net.Socket, signal: AbortSignal): Promise<void> {
  if (socket.closed) return
  await untilClosed(socket, signal, () => {
    if (socket.destroyed) return
    // Somebody may be waiting for this close, and an idle socket does not hold the process.
    socket.ref()
    socket.end()
    // The peer's FIN lies behind whatever it has sent before.
    socket.resume()
  })
}
