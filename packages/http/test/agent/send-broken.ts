import type net from 'node:net'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Writes the pieces of an answer, a turn of the event loop apart. */
export async function sendBroken(socket: net.Socket, pieces: readonly Buffer[], hangsUp: boolean): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    socket.write(piece)
    await turn()
  }
  if (hangsUp) socket.end()
}

/** Resolves when all that one end has written is at the other. */
export async function arrived(receiver: net.Socket | undefined, sender: net.Socket | undefined): Promise<void> {
  if (receiver === undefined || sender === undefined) return
  while (!receiver.destroyed && receiver.bytesRead < sender.bytesWritten) await turn()
}
