import { once } from 'node:events'
import net from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Link } from './link.js'

let server: net.Server
/** The two sockets of the proxy, and the two at the far ends. */
let inner: net.Socket[]
let outer: net.Socket[]
let link: Link

async function connect(): Promise<void> {
  const accepted = once(server, 'connection')
  inner.push(net.connect({ port: (server.address() as net.AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true }))
  outer.push((await accepted)[0] as net.Socket)
}

beforeEach(async () => {
  server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  inner = []
  outer = []
  await connect()
  await connect()
  const [client, target] = inner as [net.Socket, net.Socket]
  link = new Link(1, client, target)
  for (const socket of outer) socket.on('error', () => {})
})

afterEach(async () => {
  for (const socket of [...inner, ...outer]) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

describe('a proxied connection', () => {
  it.each(['close', 'reset', 'destroy'] as const)('that is ended by %s is closed, on both sides', async (how) => {
    link[how]()
    await link.closed
    expect(inner.map((socket) => socket.closed)).toEqual([true, true])
  })

  it('does not mind an error that comes after it was told to close', async () => {
    link.close()
    for (const socket of inner) socket.destroy(new Error('too late'))
    await link.closed
  })

  it('leaves no listener on its sockets but those that wait for their end', async () => {
    const fresh = new net.Socket()
    link.destroy()
    await link.closed
    for (const socket of inner) {
      expect(socket.listenerCount('data')).toBe(0)
      expect(socket.listenerCount('end')).toBe(fresh.listenerCount('end'))
      expect(socket.listenerCount('close')).toBe(0)
    }
  })
})
