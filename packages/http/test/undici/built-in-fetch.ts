// The fetch that is built into this Node, and its WebSocket where it has one, through a dispatcher of the undici that is
// installed. Exits with 0 when all of it worked, and says which undici was inside.
//
//   cd packages/http && npx --yes -p node@26 node --import tsx test/undici/built-in-fetch.ts
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { WebSocketServer } from 'ws'
import { createDispatcher } from '../../src/undici.js'

let held: http.ServerResponse | undefined
const dropping = new Set<net.Socket>()
const server = http.createServer((request, response) => {
  if (request.url === '/held') held = response
  else if (request.url === '/dropped' && !dropping.has(request.socket) && dropping.add(request.socket).size === 1) {
    request.socket.destroy()
  } else if (request.url === '/moved') response.writeHead(302, { location: '/here' }).end()
  else request.pipe(response.writeHead(200, { 'x-path': request.url, 'x-method': request.method }))
})
const sockets = new WebSocketServer({ server })
sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${data}`)))
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`

const dispatcher = createDispatcher({ perKey: 1 })
const ask = (path: string, init: RequestInit = {}) => fetch(origin + path, { ...init, dispatcher } as object)

// Bodies of both directions, redirects, reuse.
assert.equal(await (await ask('/', { method: 'POST', body: 'sent' })).text(), 'sent')
const large = 'x'.repeat(1_000_000)
assert.equal(await (await ask('/', { method: 'PUT', body: large })).text(), large)
assert.equal((await ask('/moved')).url, `${origin}/here`)
assert.equal((await ask('/', { method: 'HEAD' })).headers.get('x-method'), 'HEAD')

// A reused connection that dies under a request.
await (await ask('/')).text()
assert.equal((await ask('/dropped')).headers.get('x-path'), '/dropped')
assert.equal(dispatcher.stats().resent, 1)

// Waiting, and being aborted meanwhile.
const first = ask('/held')
while (held === undefined) await new Promise(setImmediate)
const abort = new AbortController()
const aborted = assert.rejects(ask('/', { signal: abort.signal }), { name: 'AbortError' })
const second = ask('/second')
while (dispatcher.stats().waiting < 2) await new Promise(setImmediate)
abort.abort()
await aborted
assert.equal(dispatcher.stats().waiting, 1)
held.end('at last')
assert.equal(await (await first).text(), 'at last')
assert.equal((await second).headers.get('x-path'), '/second')

// As the global dispatcher, which Node's fetch and undici's share.
const before = getGlobalDispatcher()
setGlobalDispatcher(dispatcher)
const { acquired } = dispatcher.stats()
await (await fetch(`${origin}/global`)).text()
assert.equal(dispatcher.stats().acquired, acquired + 1)
setGlobalDispatcher(before)

// Upgrades.
if (typeof WebSocket === 'function') {
  const socket = new WebSocket(origin.replace('http', 'ws'), { dispatcher } as never)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  socket.send('hello')
  const { data } = await new Promise<MessageEvent>((resolve) => socket.addEventListener('message', resolve))
  assert.equal(data, 'echo hello')
  socket.close()
  await new Promise((resolve) => socket.addEventListener('close', resolve))
}

await dispatcher.close()
assert.equal(dispatcher.stats().size, 0)
await assert.rejects(ask('/'), (error: Error) => (error.cause as Error).name === 'ClientDestroyedError')
sockets.close()
server.close()
console.log(`Node ${process.version}, undici ${process.versions.undici}`)
