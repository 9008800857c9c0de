import { once } from 'node:events'
import type net from 'node:net'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { closed, listenersOf, openContext, readBytes, watch } from '../test/calls.js'
import { certificates } from '../test/certificates.js'
import { LoopbackServer } from '../test/loopback-server.js'
import { tcp } from './tcp-adapter.js'

let server: LoopbackServer
let socket: net.Socket
let peer: net.Socket
let adapter: ReturnType<typeof tcp>

type Transport = 'tcp' | 'tls'

async function connect(transport: Transport = 'tcp', serverOptions: net.ServerOpts = {}): Promise<void> {
  const secure = transport === 'tls'
  server = await (secure ? LoopbackServer.tls({ cert: certificates.good }) : LoopbackServer.plain(serverOptions))
  adapter = tcp({ host: '127.0.0.1', port: server.port }, secure ? { tls: { ca: certificates.authority } } : {})
  socket = await adapter.open(openContext())
  peer = await server.accepted()
}

const usable = () => adapter.isUsable?.(socket)
const park = () => adapter.setRef?.(socket, false)
const lend = () => adapter.setRef?.(socket, true)

afterEach(async () => {
  socket.destroy()
  await server.emptied()
  expect(server.openCount).toBe(0)
  await server.close()
})

describe.each<Transport>(['tcp', 'tls'])('a connection over %s', (transport) => {
  it('is usable while it is open and nothing is unread', async () => {
    await connect(transport)
    expect(usable()).toBe(true)
    park()
    expect(usable()).toBe(true)
    lend()
    expect(usable()).toBe(true)
  })

  it('that the server closes while it is idle is reported once as ended by FIN and is not usable', async () => {
    await connect(transport)
    const watching = watch(adapter, socket)
    park()
    peer.end()
    expect(await watching.lost()).toMatchObject({ name: 'TcpLostError', why: 'fin', code: 'ERR_TCP_LOST' })
    expect(usable()).toBe(false)
    await closed(socket)
    expect(watching.reports).toHaveLength(1)
  })

  it('that the server closes while it is leased is reported once as ended by FIN', async () => {
    await connect(transport)
    const watching = watch(adapter, socket)
    peer.end()
    expect(await watching.lost()).toMatchObject({ why: 'fin' })
    expect(usable()).toBe(false)
    await closed(socket)
    expect(watching.reports).toHaveLength(1)
  })

  it.each(['idle', 'leased'])('that is reset while it is %s is reported once with its cause', async (when) => {
    await connect(transport)
    const watching = watch(adapter, socket)
    if (when === 'idle') park()
    server.reset()
    expect(await watching.lost()).toMatchObject({ why: 'reset', cause: { code: 'ECONNRESET' } })
    expect(usable()).toBe(false)
    await closed(socket)
    expect(watching.reports).toHaveLength(1)
  })

  it('on which bytes arrive while it is idle is reported once and is not usable', async () => {
    await connect(transport)
    const watching = watch(adapter, socket)
    park()
    peer.write('stray')
    expect(await watching.lost()).toMatchObject({ why: 'unexpected-data' })
    expect(usable()).toBe(false)
    peer.end('more')
    await once(peer, 'finish')
    await turn()
    expect(watching.reports).toHaveLength(1)
  })

  it('that is parked before its answer was read is reported', async () => {
    await connect(transport)
    const watching = watch(adapter, socket)
    const arrived = once(socket, 'readable')
    peer.write('an answer nobody read')
    await arrived
    expect(usable()).toBe(false)
    park()
    expect(await watching.lost()).toMatchObject({ why: 'unexpected-data' })
  })

  it('gives its borrower every byte that arrives while it is leased', async () => {
    await connect(transport)
    const watching = watch(adapter, socket)
    park()
    lend()
    const text = 'x'.repeat(300_000)
    peer.write(text)
    expect(await readBytes(socket, text.length)).toBe(text)
    park()
    await turn()
    expect(watching.reports).toEqual([])
    expect(usable()).toBe(true)
  })
})

describe('a TLS connection', () => {
  it('stays usable when session tickets arrive while it is idle', async () => {
    await connect('tls')
    const watching = watch(adapter, socket)
    const ticket = once(socket, 'session')
    park()
    await ticket
    await turn()
    expect(watching.reports).toEqual([])
    expect(usable()).toBe(true)
  })
})

describe('the stream of a leased connection', () => {
  it('keeps for its borrower what arrives before it listens', async () => {
    await connect()
    watch(adapter, socket)
    park()
    lend()
    peer.write('early')
    while (socket.readableLength < 5) await turn()
    expect(await readBytes(socket, 5)).toBe('early')
  })

  it('keeps it also when the last borrower left the socket flowing with nobody listening', async () => {
    await connect()
    watch(adapter, socket)
    socket.resume()
    park()
    lend()
    peer.write('early')
    while (socket.readableLength < 5) await turn()
    expect(await readBytes(socket, 5)).toBe('early')
  })

  it('is not read by the listener that a borrower left behind while the connection is idle', async () => {
    await connect()
    const heard: string[] = []
    socket.on('data', (chunk: Buffer) => heard.push(chunk.toString()))
    const watching = watch(adapter, socket)
    park()
    peer.write('stray')
    expect(await watching.lost()).toMatchObject({ why: 'unexpected-data' })
    expect(heard).toEqual([])
  })

  it('flows again for a listener that stays across leases, such as a protocol decoder', async () => {
    await connect()
    const watching = watch(adapter, socket)
    let heard = ''
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString()
      socket.emit('test:heard')
    })
    for (const word of ['one', 'two', 'three']) {
      park()
      await turn()
      lend()
      const hearing = once(socket, 'test:heard')
      peer.write(word)
      await hearing
    }
    expect(heard).toBe('onetwothree')
    expect(watching.reports).toEqual([])
  })

  it('delivers everything before the end of the connection is reported', async () => {
    await connect()
    const watching = watch(adapter, socket)
    park()
    lend()
    peer.end('goodbye')
    while (socket.readableLength < 7) await turn()
    expect(watching.reports).toEqual([])
    expect(await readBytes(socket, 7)).toBe('goodbye')
    expect(await watching.lost()).toMatchObject({ why: 'fin' })
  })

  it('gives each borrower its own answer, however the one before it read, and however soon it came', async () => {
    await connect()
    peer.on('data', (chunk: Buffer) => peer.write(chunk))
    const watching = watch(adapter, socket)
    let serial = 0
    const lease = fc.record({ style: fc.constantFrom(...Object.keys(styles)), pause: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(lease, { minLength: 1, maxLength: 12 }), async (leases) => {
        for (const { style, pause } of leases) {
          lend()
          const question = `question ${++serial}`
          socket.write(question)
          expect(await styles[style]?.(socket, question.length)).toBe(question)
          park()
          if (pause) await turn()
          expect(usable()).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
    expect(watching.reports).toEqual([])
  })
})

/** The ways in which a borrower may read an answer; some leave the stream in a state of their own. */
const styles: Record<string, (from: net.Socket, length: number) => Promise<string>> = {
  data: readBytes,
  dataThenPause: async (from, length) => {
    const text = await readBytes(from, length)
    from.pause()
    return text
  },
  dataThenResume: async (from, length) => {
    const text = await readBytes(from, length)
    from.resume()
    return text
  },
  listenLate: async (from, length) => {
    while (from.readableLength < length) await turn()
    return readBytes(from, length)
  },
  readable: async (from, length) => {
    let text = ''
    while (text.length < length) {
      const chunk: Buffer | null = from.read()
      if (chunk) text += chunk.toString()
      else await once(from, 'readable')
    }
    return text
  },
  iterate: async (from, length) => {
    let text = ''
    for await (const chunk of from.iterator({ destroyOnReturn: false })) {
      text += String(chunk)
      if (text.length >= length) break
    }
    return text
  },
  pipe: async (from, length) => {
    const to = new PassThrough()
    from.pipe(to)
    let text = ''
    for await (const chunk of to) {
      text += String(chunk)
      if (text.length >= length) break
    }
    from.unpipe(to)
    return text
  },
}

describe('watching a connection', () => {
  it('reports at once a connection that had ended before', async () => {
    await connect()
    socket.resume()
    peer.end()
    await closed(socket)
    expect(watch(adapter, socket).reports).toMatchObject([{ why: 'fin' }])
  })

  it('reports a connection that its borrower destroyed', async () => {
    await connect()
    const watching = watch(adapter, socket)
    socket.destroy()
    expect(await watching.lost()).toMatchObject({ why: 'local' })
  })

  it('reports a half-closed connection even to a server that still listens', async () => {
    await connect('tcp', { allowHalfOpen: true })
    const watching = watch(adapter, socket)
    park()
    peer.end()
    expect(await watching.lost()).toMatchObject({ why: 'fin' })
    await once(peer.resume(), 'end')
  })

  it('leaves no listener but the one that keeps errors from escaping', async () => {
    await connect()
    const before = listenersOf(socket)
    const watching = watch(adapter, socket)
    park()
    watching.stop()
    await turn()
    expect(listenersOf(socket)).toEqual(before)
    peer.resetAndDestroy()
    await closed(socket)
    expect(watching.reports).toEqual([])
  })

  it('treats parking and lending twice as once', async () => {
    await connect()
    const before = listenersOf(socket)
    park()
    park()
    lend()
    lend()
    expect(listenersOf(socket)).toEqual(before)
  })

  it('says that any error of a borrower is fatal, since its answer may still be on the way', async () => {
    await connect()
    expect(adapter.isFatal?.(new Error('of the application'), socket)).toBe(true)
  })
})
