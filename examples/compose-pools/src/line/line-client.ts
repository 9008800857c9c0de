import type net from 'node:net'

/**
 * Writes a line, and resolves with the line that answers it. Rejects when the connection ends first. `answered` is
 * called as soon as anything of an answer has come.
 */
export function ask(socket: net.Socket, question: string, answered: () => void = () => {}): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const settle = () => {
      socket.off('data', onData).off('close', onClose)
    }
    const onData = (bytes: Buffer) => {
      answered()
      answer += bytes.toString()
      if (!answer.endsWith('\n')) return
      settle()
      resolve(answer.trimEnd())
    }
    const onClose = () => {
      settle()
      reject(new Error(`the connection ended after "${answer}", before the answer to "${question}"`))
    }
    socket.on('data', onData).on('close', onClose)
    if (socket.closed) onClose()
    else socket.write(`${question}\n`)
  })
}

/** A request that takes the server so many ms. Resolves with the name of the server that answered. */
export async function work(socket: net.Socket, ms: number, answered?: () => void): Promise<string> {
  const answer = await ask(socket, `WORK ${ms}`, answered)
  return answer.replace('BY ', '')
}
