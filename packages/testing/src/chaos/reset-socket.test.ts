import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Peer, until } from '../../test/chaos/peers.js'
import { resetSocket } from './reset-socket.js'

let server: net.Server
let near: Peer
let far: Peer

async function connect(): Promise<void> {
  server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  near = new Peer(net.connect((server.address() as net.AddressInfo).port, '127.0.0.1'))
  await once(near.socket, 'connect')
  far = new Peer((await accepted)[0] as net.Socket)
}

afterEach(async () => {
  for (const { socket } of [near, far]) socket.destroy()
  await new Promise((resolve) => server.close(resolve))
})

describe('resetting a socket', () => {
  it('is heard as a reset by the other side', async () => {
    await connect()
    resetSocket(near.socket)
    await far.hears('close')
    expect(far.events).toEqual(['ECONNRESET', 'close'])
    expect(near.events).toEqual(['close'])
  })

  it('closes it, without an error, also in the turn in which its FIN is sent', async () => {
    await connect()
    near.socket.end()
    resetSocket(near.socket)
    await near.hears('close')
    expect(near.events).toEqual(['close'])
    await far.hears('end')
  })

  it('does not wait for what it was about to send before its FIN', async () => {
    await connect()
    far.socket.pause()
    const bytes = 32 * 1024 * 1024
    near.socket.end(Buffer.alloc(bytes))
    await until(() => near.socket.writableLength > 0)
    resetSocket(near.socket)
    await near.hears('close')
    far.socket.resume()
    // libuv may tell a reset behind data as an end; a half-closed connection would still have a peer.
    await until(() => far.events.length > 0)
    expect(far.events[0] === 'ECONNRESET' || far.socket.remoteFamily === undefined).toBe(true)
    expect(far.bytes).toBeLessThan(bytes)
  })

  it('twice, or when it has closed, does nothing more', async () => {
    await connect()
    resetSocket(near.socket)
    resetSocket(near.socket)
    await near.hears('close')
    resetSocket(near.socket)
    expect(near.events).toEqual(['close'])
  })

  it('destroys one that is still connecting', async () => {
    await connect()
    const connecting = new Peer(net.connect((server.address() as net.AddressInfo).port, '127.0.0.1'))
    resetSocket(connecting.socket)
    await connecting.hears('close')
    expect(connecting.events).toEqual(['close'])
  })

  it('ends a Unix socket, which knows no reset', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millpond-'))
    const path = join(folder, 'reset.sock')
    server = net.createServer({ allowHalfOpen: true }).listen(path)
    await once(server, 'listening')
    const accepted = once(server, 'connection')
    near = new Peer(net.connect(path))
    far = new Peer((await accepted)[0] as net.Socket)
    resetSocket(near.socket)
    await far.hears('end')
    expect(near.events).toEqual(['close'])
    await rm(folder, { recursive: true })
  })
})
