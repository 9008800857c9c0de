// Another process, which ends every so many-th session at the worst moment: when a request on it has arrived, and others
// are on their way. In turn by a GOAWAY that leaves that one out, by FIN and by reset; never on a session's first request.
import http2 from 'node:http2'

const every = Number(process.argv[2])
const sockets = new WeakMap()
let count = 0
const server = http2.createServer()
let latest
// Before the server's own listener, which makes a session of it; the session's socket is a stand-in.
server.prependListener('connection', (socket) => {
  latest = socket.on('error', () => {})
})
server.on('session', (session) =>
  sockets.set(
    session.on('error', () => {}),
    latest,
  ),
)
server.on('stream', (stream) => {
  stream.on('error', () => {})
  count++
  const { session } = stream
  if (count % every !== 0 || stream.id === 1) {
    stream.respond({ ':status': 200 })
    stream.end('ok')
    return
  }
  const socket = sockets.get(session)
  const turn = (count / every) % 3
  if (turn === 0) session.goaway(0, stream.id - 2)
  else if (turn === 1) socket.end()
  else socket.resetAndDestroy()
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
