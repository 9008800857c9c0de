import http2 from 'node:http2'

const bodies = new Map()

const server = http2.createServer((request, response) => {
  const kib = Number(request.url.slice(1)) || 0
  if (!bodies.has(kib)) bodies.set(kib, Buffer.alloc(kib * 1024, 'x'))
  response.end(bodies.get(kib))
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
