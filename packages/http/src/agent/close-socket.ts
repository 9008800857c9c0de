import type net from 'node:net'

/** Sends the end after what is still to be written, and closes: nobody waits for an answer to an idle HTTP connection's
 * FIN. Resolves once the socket has closed. */
export function closeSocket(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) {
      resolve()
      return
    }
    socket.on('close', () => resolve())
    if (socket.destroyed) return
    // Somebody may be waiting for this close, and an idle socket does not hold the process.
    socket.ref?.()
    socket.end(() => socket.destroy())
  })
}
