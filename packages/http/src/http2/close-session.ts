import type { Http2Connection } from './http2-connection.js'

/**
 * Sends GOAWAY, lets streams that are open finish, and closes the socket. Resolves once that has closed; whether the peer
 * has read its end, nobody waits for.
 *
 * Rejects with the signal's reason when that aborts first; `destroy` is due then.
 */
export function closeSession({ session, socket }: Http2Connection, signal: AbortSignal): Promise<void> {
  if (socket.closed) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const settle = () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('close', onClose).off('finish', onFinish)
    }
    const onClose = () => {
      settle()
      resolve()
    }
    const onAbort = () => {
      settle()
      reject(signal.reason)
    }
    const onFinish = () => socket.destroy()
    socket.on('close', onClose).on('finish', onFinish)
    signal.addEventListener('abort', onAbort, { once: true })
    // Somebody may be waiting for this close, and an idle session does not hold the process.
    if (!session.destroyed) session.ref()
    session.close()
    if (socket.writableFinished) onFinish()
    if (signal.aborted) onAbort()
  })
}
