// The other process of the HTTP rows: answers /0, /1 and /64 with so many KiB, keeping connections, on as many loopback
// addresses as told. Says how many connections it has accepted when asked.
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import type { Answer } from './server-process.js'

const addresses = Number(process.argv[2] ?? 1)
const bodies = new Map([0, 1, 64].map((kib) => [`/${kib}`, Buffer.alloc(kib * 1_024, 'x')]))

let accepted = 0
const server = http.createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
  const body = bodies.get(request.url ?? '')
  if (body === undefined) {
    // Late enough for all connections of a client to be in use at once.
    setTimeout(() => response.end(), 1_000)
    return
  }
  response.writeHead(200, { 'Content-Length': body.length })
  response.end(body)
})

let port = 0
for (let index = 0; index < addresses; index++) {
  const host = addresses === 1 ? '127.0.0.1' : `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`
  const listener = net.createServer((socket) => {
    accepted++
    server.emit('connection', socket)
  })
  listener.listen({ port, host, backlog: 4_096 })
  await once(listener, 'listening')
  port = (listener.address() as net.AddressInfo).port
}

process.on('message', () => process.send?.({ accepted } satisfies Answer))
process.on('disconnect', () => process.exit())
process.send?.({ port } satisfies Answer)
