import { once } from 'node:events'
import type net from 'node:net'
import { tcp } from '../src/index.js'
import { closeContext, openContext } from './calls.js'

const lookup: net.LookupFunction = (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }])

// Opens a connection, which is timed and whose name is followed, and parks it; then, by the second argument, has nothing
// else to do, lends it again until the server answers, or closes it and waits for that.
const [port, then] = process.argv.slice(2)
const adapter = tcp(
  { host: 'localhost', port: Number(port) },
  { timeouts: { read: 600_000, write: 600_000 }, dns: { maxAge: 600_000, lookup } },
)
const socket = await adapter.open(openContext())
const unwatch = adapter.watch?.(socket, { lost: () => {}, retire: () => {}, capacityChanged: () => {} })
adapter.setRef?.(socket, false)
socket.write('parked')
if (then === 'lend') {
  adapter.setRef?.(socket, true)
  // What it exits with when it does not stay for the answer.
  process.exitCode = 3
  once(socket, 'data').then(() => {
    process.exitCode = 0
    adapter.setRef?.(socket, false)
  })
}
if (then === 'close') {
  unwatch?.()
  // Were the connection not to hold the process here, Node would exit with 13, for an await that never ends.
  await adapter.close(socket, closeContext())
}
