import { getEventListeners, once } from 'node:events'
import type net from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeContext, closed, listenersOf, openContext } from '../test/calls.js'
import { certificates } from '../test/certificates.js'
import { LoopbackServer } from '../test/loopback-server.js'
import { tcp } from './tcp-adapter.js'

// Half-open allowed: the server closes its side only when told to.
let server: LoopbackServer
let socket: net.Socket
let peer: net.Socket
let adapter: ReturnType<typeof tcp>

beforeEach(async () => {
  server = await LoopbackServer.plain({ allowHalfOpen: true })
  adapter = tcp({ host: '127.0.0.1', port: server.port })
  socket = await adapter.open(openContext())
  peer = await server.accepted()
})

afterEach(async () => {
  socket.destroy()
  await server.emptied()
  expect(server.openCount).toBe(0)
  await server.close()
})

describe('closing a connection', () => {
  it('sends what was written and FIN, and resolves once the server has closed its side too', async () => {
    socket.write('last words')
    const closing = adapter.close(socket, closeContext())
    let heard = ''
    peer.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
    })
    await once(peer, 'end')
    expect(heard).toBe('last words')
    expect(socket.destroyed).toBe(false)
    peer.end()
    await closing
    expect(socket.closed).toBe(true)
  })

  it('gets past bytes that nobody will read any more', async () => {
    peer.write('x'.repeat(1_000_000))
    peer.end()
    await adapter.close(socket, closeContext())
    expect(socket.closed).toBe(true)
  })

  it('closes a parked connection, past bytes that arrived meanwhile', async () => {
    adapter.setRef?.(socket, false)
    const arrived = once(socket, 'readable')
    peer.end('stray')
    await arrived
    await adapter.close(socket, closeContext())
    expect(socket.closed).toBe(true)
    expect(socket.listenerCount('readable')).toBe(0)
  })

  it('rejects with the reason at the deadline when the server never closes its side, and leaves no listener', async () => {
    const before = listenersOf(socket)
    const deadline = new AbortController()
    const closing = Promise.resolve(adapter.close(socket, closeContext(deadline.signal)))
    peer.resume()
    await once(peer, 'end')
    const reason = new Error('deadline')
    deadline.abort(reason)
    await expect(closing).rejects.toBe(reason)
    expect(getEventListeners(deadline.signal, 'abort')).toHaveLength(0)
    expect(listenersOf(socket).close).toBe(before.close)
    adapter.destroy?.(socket, 'idle')
    await closed(socket)
  })

  it('settles at once when the deadline has passed already', async () => {
    await expect(adapter.close(socket, closeContext(AbortSignal.abort()))).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('may be asked twice, at once and afterwards', async () => {
    peer.on('end', () => peer.end()).resume()
    await Promise.all([adapter.close(socket, closeContext()), adapter.close(socket, closeContext())])
    await adapter.close(socket, closeContext())
    expect(socket.closed).toBe(true)
  })

  it('resolves for a connection that was destroyed just now, and for one that died before', async () => {
    adapter.destroy?.(socket, 'destroyed')
    await adapter.close(socket, closeContext())
    expect(socket.closed).toBe(true)
    await adapter.close(socket, closeContext())
  })

  it('resolves when the connection is reset while it closes', async () => {
    const closing = adapter.close(socket, closeContext())
    peer.resetAndDestroy()
    await closing
    expect(socket.closed).toBe(true)
  })
})

describe('destroying a connection', () => {
  it('ends it at once, twice without harm', async () => {
    adapter.destroy?.(socket, 'lost')
    adapter.destroy?.(socket, 'lost')
    expect(socket.destroyed).toBe(true)
    await closed(socket)
  })

  it('overtakes a close, which then resolves', async () => {
    const closing = adapter.close(socket, closeContext())
    adapter.destroy?.(socket, 'revoked')
    await closing
  })

  it('lets no error escape, neither with it nor after it', async () => {
    socket.destroy(new Error('somebody else'))
    socket.write('too late')
    await closed(socket)
    expect(() => socket.emit('error', new Error('later still'))).not.toThrow()
  })
})

describe('closing a TLS connection', () => {
  it('says goodbye in TLS, so that the server sees a clean end', async () => {
    const tlsServer = await LoopbackServer.tls({ cert: certificates.good })
    const secure = tcp({ host: '127.0.0.1', port: tlsServer.port }, { tls: { ca: certificates.authority } })
    const secureSocket = await secure.open(openContext())
    const securePeer = await tlsServer.accepted()
    const ended = once(securePeer.resume(), 'end')
    await secure.close(secureSocket, closeContext())
    await ended
    await tlsServer.emptied()
    await tlsServer.close()
  })
})
