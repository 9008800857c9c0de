import type net from 'node:net'

/**
 * Sends FIN (with TLS, close_notify first) after what is still to be written, and resolves once the socket has
 * closed, that is, the peer has sent its own. Resolves at once when it has closed already.
 *
 * Rejects with the signal's reason when that aborts first; the socket is then as it was, and `destroy` is due.
 */
export function closeSocket(socket: net.Socket, signal: AbortSignal): Promise<void> {
  if (socket.closed) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const settle = () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('close', onClose)
    }
    const onClose = () => {
      settle()
      resolve()
    }
    const onAbort = () => {
      settle()
      reject(signal.reason)
    }
    socket.on('close', onClose)
    signal.addEventListener('abort', onAbort, { once: true })
    if (!socket.destroyed) {
      // Somebody may be waiting for this close, and an idle socket does not hold the process.
      socket.ref()
      socket.end()
      // The peer's FIN lies behind whatever it has sent before.
      socket.resume()
    }
    if (signal.aborted) onAbort()
  })
}
