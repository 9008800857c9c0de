import { once } from 'node:events'
import type net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { Adapter } from '@millpond/core'
import { type VirtualClock, virtualClock } from '@millpond/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeContext, closed, listenersOf, openContext, readBytes, watch } from '../../test/calls.js'
import { certificates } from '../../test/certificates.js'
import { LoopbackServer } from '../../test/loopback-server.js'
import { until } from '../../test/until.js'
import { tcp } from '../tcp-adapter.js'
import type { TcpOptions } from '../tcp-options.js'
import { queuedBytes } from './queued-bytes.js'
import { awaitAnswer } from './socket-timeouts.js'

const MORE_THAN_BUFFERS_TAKE = Buffer.alloc(48_000_000)

let clock: VirtualClock
let server: LoopbackServer
let adapter: Adapter<net.Socket>
let socket: net.Socket
let peer: net.Socket
let watching: ReturnType<typeof watch>

type Transport = 'tcp' | 'tls'

async function connect(timeouts: TcpOptions['timeouts'], transport: Transport = 'tcp'): Promise<void> {
  const isTls = transport === 'tls'
  server = await (isTls ? LoopbackServer.tls({ cert: certificates.good }) : LoopbackServer.plain())
  const tls = isTls && { ca: certificates.authority }
  adapter = tcp({ host: '127.0.0.1', port: server.port }, { tls, clock, ...(timeouts && { timeouts }) })
  socket = await adapter.open(openContext())
  peer = await server.accepted()
  watching = watch(adapter, socket)
}

/** The kernel's buffers are full: nothing moves any more. */
async function stuck(): Promise<void> {
  let [last, since] = [-1, performance.now()]
  while (performance.now() - since < 100) {
    const now = queuedBytes(socket)
    if (now !== last) [last, since] = [now, performance.now()]
    await turn()
  }
}

beforeEach(() => {
  clock = virtualClock()
})

afterEach(async () => {
  watching.stop()
  socket.destroy()
  peer.destroy()
  await server.emptied()
  await server.close()
  expect(clock.pending).toBe(0)
})

describe.each<Transport>(['tcp', 'tls'])('the read timeout over %s', (transport) => {
  it('destroys the socket, and reports it lost, with an error of its own when no byte answers in time', async () => {
    await connect({ read: 1_000 }, transport)
    const failed = once(socket, 'data').catch((error: unknown) => error)
    socket.write('anybody?')
    await clock.advance(999)
    expect(socket.destroyed).toBe(false)
    await clock.advance(1)
    expect(socket.destroyed).toBe(true)
    const error = await failed
    const address = `127.0.0.1:${server.port}`
    expect(error).toMatchObject({ name: 'TcpReadTimeoutError', code: 'ERR_TCP_READ_TIMEOUT', address, timeout: 1_000 })
    expect((error as Error).message).toContain('timeouts.read')
    expect(await watching.lost()).toBe(error)
    await closed(socket)
    expect(watching.reports).toHaveLength(1)
  })

  it('does not begin before something is written', async () => {
    await connect({ read: 1_000 }, transport)
    expect(clock.pending).toBe(0)
    await clock.advance(10_000)
    expect(socket.destroyed).toBe(false)
  })

  it('leaves a borrower in peace who has had an answer and thinks', async () => {
    await connect({ read: 1_000 }, transport)
    socket.write('hello')
    peer.write('world')
    expect(await readBytes(socket, 5)).toBe('world')
    await clock.advance(10_000)
    expect(socket.destroyed).toBe(false)
    expect(clock.pending).toBe(0)
  })

  it('begins anew with every write', async () => {
    await connect({ read: 1_000 }, transport)
    for (let n = 0; n < 5; n++) {
      socket.write('more')
      await clock.advance(900)
    }
    expect(socket.destroyed).toBe(false)
    await clock.advance(99)
    expect(socket.destroyed).toBe(false)
    await clock.advance(1)
    expect(socket.destroyed).toBe(true)
  })

  it('sets one timer for any number of writes', async () => {
    await connect({ read: 1_000 }, transport)
    for (let n = 0; n < 100; n++) socket.write('more')
    expect(clock.pending).toBe(1)
  })

  it('is not armed while the socket is idle, whatever was not answered', async () => {
    await connect({ read: 1_000 }, transport)
    socket.write('goodbye')
    adapter.setRef?.(socket, false)
    expect(clock.pending).toBe(0)
    socket.write('goodbye')
    expect(clock.pending).toBe(0)
    await clock.advance(5_000)
    expect(socket.destroyed).toBe(false)
  })

  it('holds for the next lease as well', async () => {
    await connect({ read: 1_000 }, transport)
    for (let n = 0; n < 3; n++) {
      socket.write('hello')
      peer.write('world')
      expect(await readBytes(socket, 5)).toBe('world')
      adapter.setRef?.(socket, false)
      await clock.advance(2_000)
      adapter.setRef?.(socket, true)
    }
    socket.write('anybody?')
    await clock.advance(1_000)
    expect(socket.destroyed).toBe(true)
  })

  it('begins when the borrower knows that more has to come', async () => {
    await connect({ read: 1_000 }, transport)
    socket.write('hello')
    peer.write('wor')
    expect(await readBytes(socket, 3)).toBe('wor')
    awaitAnswer(socket)
    await clock.advance(1_000)
    expect(socket.destroyed).toBe(true)
  })
})

describe('the read timeout', () => {
  it('does not run while the question is still on its way, and runs when that does not move', async () => {
    await connect({ read: 1_000 })
    socket.write(MORE_THAN_BUFFERS_TAKE)
    await stuck()
    await clock.advance(900)
    const before = queuedBytes(socket)
    let heard = 0
    peer.on('data', (chunk: Buffer) => {
      heard += chunk.length
      if (heard > 8_000_000) peer.pause()
    })
    await until(() => heard > 8_000_000)
    await stuck()
    expect(queuedBytes(socket)).toBeLessThan(before)
    await clock.advance(1_000)
    expect(socket.destroyed).toBe(false)
    await clock.advance(1_100)
    expect(socket.destroyed).toBe(true)
    expect(socket.errored).toMatchObject({ name: 'TcpReadTimeoutError' })
  })

  it('begins when the last of the question was taken', async () => {
    await connect({ read: 1_000 })
    socket.write(MORE_THAN_BUFFERS_TAKE)
    await stuck()
    await clock.advance(900)
    peer.resume()
    await until(() => socket.writableLength === 0)
    await clock.advance(999)
    expect(socket.destroyed).toBe(false)
    await clock.advance(1)
    expect(socket.destroyed).toBe(true)
  })

  it('leaves nothing on the socket when watching stops: no timer, no listener, no method', async () => {
    await connect({ read: 1_000, write: 1_000 })
    watching.stop()
    const before = listenersOf(socket)
    const methods = Object.keys(socket).filter((name) => ['push', '_write', '_writev'].includes(name))
    expect(methods).toEqual([])
    watching = watch(adapter, socket)
    socket.write('hello')
    watching.stop()
    watching.stop()
    expect(clock.pending).toBe(0)
    expect(listenersOf(socket)).toEqual(before)
    socket.write('detached')
    await clock.advance(5_000)
    expect(socket.destroyed).toBe(false)
  })

  it('adds no listener to the socket', async () => {
    await connect({ read: 1_000, write: 1_000 })
    const plain = tcp({ host: '127.0.0.1', port: server.port })
    const other = await plain.open(openContext())
    const watched = watch(plain, other)
    expect(listenersOf(socket)).toEqual(listenersOf(other))
    watched.stop()
    other.destroy()
  })

  it('does not fire while the connection is being closed', async () => {
    await connect({ read: 1_000 })
    socket.write('goodbye')
    watching.stop()
    peer.pause()
    const closing = adapter.close(socket, closeContext())
    await clock.advance(5_000)
    expect(socket.destroyed).toBe(false)
    peer.resume().end()
    await closing
  })

  it('is not met by the end that the peer sends in its stead', async () => {
    await connect({ read: 1_000 })
    socket.write('anybody?')
    peer.end()
    expect(await watching.lost()).toMatchObject({ name: 'TcpLostError', why: 'fin' })
    expect(clock.pending).toBe(0)
  })

  it('without a value watches nothing', async () => {
    await connect(undefined)
    socket.write('hello')
    expect(clock.pending).toBe(0)
    expect(Object.keys(socket)).not.toContain('push')
  })
})

describe.each<Transport>(['tcp', 'tls'])('the write timeout over %s', (transport) => {
  it('destroys the socket, with an error of its own, when the peer takes nothing of what was written', async () => {
    await connect({ write: 1_000 }, transport)
    socket.write(MORE_THAN_BUFFERS_TAKE)
    await stuck()
    await clock.advance(999)
    expect(socket.destroyed).toBe(false)
    // A quarter more, since the kernel's buffers took some of it after the write.
    await clock.advance(251)
    expect(socket.destroyed).toBe(true)
    const error = await watching.lost()
    expect(error).toMatchObject({ name: 'TcpWriteTimeoutError', code: 'ERR_TCP_WRITE_TIMEOUT', timeout: 1_000 })
    expect(error).toMatchObject({ unsent: MORE_THAN_BUFFERS_TAKE.length, address: `127.0.0.1:${server.port}` })
    expect(error?.message).toContain('timeouts.write')
  })

  it('does not fire while the peer takes some, within one chunk too, however long the whole takes', async () => {
    await connect({ write: 1_000 }, transport)
    socket.write(MORE_THAN_BUFFERS_TAKE)
    let heard = 0
    let stopAt = 0
    peer.pause().on('data', (chunk: Buffer) => {
      heard += chunk.length
      if (heard > stopAt) peer.pause()
    })
    for (let n = 0; n < 4; n++) {
      stopAt = heard + 8_000_000
      peer.resume()
      await until(() => heard > stopAt)
      await stuck()
      await clock.advance(900)
      expect(socket.destroyed).toBe(false)
    }
    await clock.advance(1_300)
    expect(socket.destroyed).toBe(true)
  })

  it('is not put off by what the borrower writes meanwhile', async () => {
    await connect({ write: 1_000 }, transport)
    socket.write(MORE_THAN_BUFFERS_TAKE)
    await stuck()
    for (let n = 0; n < 5; n++) {
      socket.write('and another thing')
      await clock.advance(250)
    }
    expect(socket.destroyed).toBe(true)
  })
})

describe('the write timeout', () => {
  it('sets no timer for what the kernel takes at once', async () => {
    await connect({ write: 1_000 })
    socket.write('hello')
    expect(socket.writableLength).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('is over when everything was taken after all', async () => {
    await connect({ write: 1_000 })
    socket.write(MORE_THAN_BUFFERS_TAKE)
    await stuck()
    await clock.advance(500)
    peer.resume()
    await until(() => socket.writableLength === 0)
    await clock.advance(5_000)
    expect(socket.destroyed).toBe(false)
    expect(clock.pending).toBe(0)
  })

  it('is not armed while the socket is idle', async () => {
    await connect({ write: 1_000 })
    socket.write(MORE_THAN_BUFFERS_TAKE)
    adapter.setRef?.(socket, false)
    expect(clock.pending).toBe(0)
    await clock.advance(5_000)
    expect(socket.destroyed).toBe(false)
  })

  it('sees corked writes', async () => {
    await connect({ write: 1_000 })
    socket.cork()
    for (let n = 0; n < 6; n++) socket.write(Buffer.alloc(8_000_000))
    socket.uncork()
    await stuck()
    await clock.advance(1_250)
    expect(socket.destroyed).toBe(true)
  })
})
