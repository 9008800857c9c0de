// The other process of the stale rows: it closes every so many-th connection at the worst moment, when the next request
// on it has been sent. It never answers that one, and never closes on the first request of a connection.
import net from 'node:net'
import type { Answer } from './server-process.js'

const every = Number(process.argv[2])
const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
let count = 0
const server = net.createServer({ noDelay: true }, (socket) => {
  let isFirst = true
  socket.on('error', () => {})
  socket.on('data', () => {
    if (++count % every !== 0 || isFirst) socket.write(answer)
    else if (count % (2 * every) === 0) socket.end()
    else socket.resetAndDestroy()
    isFirst = false
  })
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as net.AddressInfo).port } satisfies Answer)
})
