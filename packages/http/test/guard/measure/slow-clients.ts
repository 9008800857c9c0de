import net from 'node:net'

/** Opens slow connections to a port, as many as told, each of which sends a byte of its headers every
 * three seconds. Reports when
 * all are open, and when the last has ended. */
const [port, count] = process.argv.slice(2).map(Number) as [number, number]

const TURNS = 100
const SHARE = Math.ceil(count / TURNS)

const open = new Set<net.Socket>()
let opened = 0
let turn = 0

function begin(): void {
  if (opened === count) return
  const socket = net.connect(port, '127.0.0.1')
  const last = ++opened === count
  socket.on('error', () => {}).resume()
  socket.on('connect', () => {
    open.add(socket)
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')
    if (last) process.send?.('open')
    begin()
  })
  socket.on('close', () => {
    open.delete(socket)
    if (open.size === 0 && opened === count) {
      process.send?.('gone')
      process.disconnect()
      clearInterval(trickle)
    }
  })
}

const trickle = setInterval(() => {
  const share = [...open].slice(turn * SHARE, (turn + 1) * SHARE)
  for (const socket of share) if (socket.writable) socket.write('x')
  turn = (turn + 1) % TURNS
}, 3_000 / TURNS)

// Several at a time, so that the backlog of the server is not what is measured.
for (let i = 0; i < 50; i++) begin()
