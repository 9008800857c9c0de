import { once } from 'node:events'
import net from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readBytes } from '../../test/calls.js'
import { LoopbackServer } from '../../test/loopback-server.js'
import { until } from '../../test/until.js'
import { observeActivity } from './observe-activity.js'

let server: LoopbackServer
let socket: net.Socket
let peer: net.Socket

beforeEach(async () => {
  server = await LoopbackServer.plain()
  socket = net.connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  peer = await server.accepted()
})

afterEach(async () => {
  socket.destroy()
  peer.destroy()
  await server.emptied()
  await server.close()
})

function observe() {
  const heard: string[] = []
  const stop = observeActivity(socket, {
    written: () => heard.push('written'),
    taken: () => heard.push('taken'),
    received: () => heard.push('received'),
  })
  return { heard, stop }
}

describe('the activity of a socket', () => {
  it('is told in the order in which it happens, and changes nothing of it', async () => {
    const { heard } = observe()
    socket.write('hello')
    expect(heard).toEqual(['taken', 'written'])
    expect(await readBytes(peer, 5)).toBe('hello')
    peer.write('world')
    expect(await readBytes(socket, 5)).toBe('world')
    expect(heard).toEqual(['taken', 'written', 'received'])
  })

  it('is told of what is written together, once', async () => {
    const { heard } = observe()
    socket.cork()
    socket.write('hello ')
    socket.write('world')
    socket.uncork()
    expect(heard).toEqual(['taken', 'written'])
    expect(await readBytes(peer, 11)).toBe('hello world')
  })

  it('is told of what the kernel takes later', async () => {
    const { heard } = observe()
    let isWritten = false
    socket.write(Buffer.alloc(48_000_000), () => {
      isWritten = true
    })
    expect(heard).toEqual(['written'])
    peer.resume()
    await until(() => isWritten)
    expect(heard).toEqual(['written', 'taken'])
  })

  it('does not start the flow of a socket that nobody reads, nor stop one', async () => {
    observe()
    peer.write('hello')
    await until(() => socket.readableLength === 5)
    expect(socket.readableFlowing).toBe(null)
    socket.resume()
    await until(() => socket.readableLength === 0)
    expect(socket.readableFlowing).toBe(true)
  })

  it('is told no longer once that is stopped, and the socket is as it was', async () => {
    const { heard, stop } = observe()
    stop()
    stop()
    expect(Object.keys(socket)).not.toContain('push')
    expect(socket._write).toBe(net.Socket.prototype._write)
    socket.write('hello')
    expect(heard).toEqual([])
  })

  it('leaves alone what others have laid over the socket before and since', () => {
    const [earlier, later] = [vi.fn(() => true), vi.fn(() => true)]
    socket.push = earlier
    const { stop } = observe()
    socket._write = later
    stop()
    expect(socket.push).toBe(earlier)
    expect(socket._write).toBe(later)
  })
})
