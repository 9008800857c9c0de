import type net from 'node:net'
import type { TestServer } from './test-server.js'

export const ways = {
  'a FIN': (socket: net.Socket) => socket.end(),
  'a reset': (socket: net.Socket) => socket.resetAndDestroy(),
}

/** Where a test begins its servers. */
interface Bench {
  raw(listener: (socket: net.Socket) => void): Promise<TestServer>
}

/** A server that answers one request on each connection, and hangs up when the second arrives. */
export async function hangsUp(bench: Bench, hangUp: (socket: net.Socket) => void) {
  const seen: string[] = []
  const server = await bench.raw((socket) => {
    let count = 0
    socket.on('data', (data) => {
      const [line] = String(data).split(' HTTP', 1)
      seen.push(line as string)
      const body = line?.startsWith('HEAD') ? '' : 'ok'
      if (count++ === 0) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${body}`)
      else hangUp(socket)
    })
  })
  return { server, seen }
}
