// The other process of the measurements: answers /0, /1 and /64 with so many KiB, keeping connections. The
// argument is the address to listen on.
import http from 'node:http'

const bodies = new Map([0, 1, 64].map((size) => [`/${size}`, Buffer.alloc(size * 1_024, 'x')]))
const server = http.createServer((request, response) => {
  const body = bodies.get(request.url)
  response.writeHead(200, { 'Content-Length': body.length })
  response.end(body)
})
server.keepAliveTimeout = 30_000
server.listen(0, process.argv[2] ?? '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
