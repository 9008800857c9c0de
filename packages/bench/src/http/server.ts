// The other process of the HTTP rows: answers /0, /1 and /64 with so many KiB, keeping connections, on as many loopback
// addresses as told. Says how many connections it has accepted when asked.
//
// It reads no more of a GET than it needs. With a server like Node's, which takes longer for a request than the clients
// that are compared, they would all be as fast as that.
import { once } from 'node:events'
import net from 'node:net'
import type { Answer } from './server-process.js'

const END = '\r\n\r\n'

const addresses = Number(process.argv[2] ?? 1)
const answers = new Map([0, 1, 64].map((kib) => [`GET /${kib} HTTP/1.1`, answer(Buffer.alloc(kib * 1_024, 'x'))]))
const late = answer(Buffer.alloc(0))

/** With the headers that Node's server sends. */
function answer(body: Buffer): Buffer {
  const head = [
    'HTTP/1.1 200 OK',
    `Content-Length: ${body.length}`,
    `Date: ${new Date().toUTCString()}`,
    'Connection: keep-alive',
    'Keep-Alive: timeout=120',
  ]
  return Buffer.concat([Buffer.from(head.join('\r\n') + END), body])
}

let accepted = 0

function serve(socket: net.Socket): void {
  accepted++
  let unread = ''
  socket.setNoDelay()
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    unread += bytes.toString('latin1')
    for (let end = unread.indexOf(END); end !== -1; end = unread.indexOf(END)) {
      const known = answers.get(unread.slice(0, unread.indexOf('\r\n')))
      unread = unread.slice(end + END.length)
      if (known !== undefined) socket.write(known)
      // Late enough for all connections of a client to be in use at once.
      else setTimeout(() => socket.write(late), 1_000)
    }
  })
}

let port = 0
for (let index = 0; index < addresses; index++) {
  const host = addresses === 1 ? '127.0.0.1' : `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`
  const listener = net.createServer(serve)
  listener.listen({ port, host, backlog: 4_096 })
  await once(listener, 'listening')
  port = (listener.address() as net.AddressInfo).port
}

process.on('message', () => process.send?.({ accepted } satisfies Answer))
process.on('disconnect', () => process.exit())
process.send?.({ port } satisfies Answer)
