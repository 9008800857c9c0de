import type net from 'node:net'

/** Ends it with RST where there is a TCP connection that can be reset, else at once. */
export function resetSocket(socket: net.Socket): void {
  // Only TCP has an address of a family.
  if (socket.remoteFamily === undefined) socket.destroy()
  // libuv refuses to reset while it sends FIN, and Node then never closes the socket.
  else if (isSendingFin(socket)) socket.once('finish', () => socket.resetAndDestroy())
  else socket.resetAndDestroy()
}

function isSendingFin(socket: net.Socket): boolean {
  return socket.writableEnded && !socket.writableFinished && socket.writableLength === 0
}
