import { untilClosed } from '@millpond/tcp'
import type { Http2Connection } from './http2-connection.js'

/**
 * Sends GOAWAY, lets streams that are open finish, and closes the socket. Resolves once that has closed; whether the peer
 * has read its end, nobody waits for.
 *
 * Rejects with the signal's reason when that aborts first; `destroy` is due then.
 */
export async function closeSession({ session, socket }: Http2Connection, signal: AbortSignal): Promise<void> {
  if (socket.closed) return
  const onFinish = () => socket.destroy()
  socket.on('finish', onFinish)
  try {
    await untilClosed(socket, signal, () => {
      // Somebody may be waiting for this close, and an idle session does not hold the process.
      if (!session.destroyed) session.ref()
      session.close()
      if (socket.writableFinished) onFinish()
    })
  } finally {
    socket.off('finish', onFinish)
  }
}
