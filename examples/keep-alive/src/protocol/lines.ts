import type net from 'node:net'

/** Calls `take` with each line that arrives, for as long as the socket lives. */
export function onLine(socket: net.Socket, take: (line: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
}
