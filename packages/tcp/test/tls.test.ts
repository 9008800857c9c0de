import { once } from 'node:events'
import tls from 'node:tls'
import { type Adapter, createPool, InvalidOptionError, type Pool } from '@millpond/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type TcpOptions, tcp } from '../src/index.js'
import { closed, openContext } from './calls.js'
import { certificates } from './certificates.js'
import { LoopbackServer } from './loopback-server.js'

const { authority: ca, key, good, otherHost } = certificates

let server: LoopbackServer
let sockets: tls.TLSSocket[] = []
let pool: Pool<tls.TLSSocket> | undefined

afterEach(async () => {
  await pool?.destroy()
  pool = undefined
  for (const socket of sockets) socket.destroy()
  sockets = []
  await server.emptied()
  await server.close()
})

function adapterFor(options: TcpOptions['tls'], host = '127.0.0.1'): Adapter<tls.TLSSocket> {
  const adapter = tcp({ host, port: server.port }, { ...(options !== undefined && { tls: options }) })
  // With TLS, what it opens is no less.
  return adapter as unknown as Adapter<tls.TLSSocket>
}

async function open(adapter: Adapter<tls.TLSSocket>): Promise<tls.TLSSocket> {
  const socket = await adapter.open(openContext())
  sockets.push(socket)
  return socket
}

/** Opens, and waits until the server has offered a session. With TLS 1.2 it has by then. */
async function openWithSession(adapter: Adapter<tls.TLSSocket>, version: string): Promise<tls.TLSSocket> {
  const socket = await open(adapter)
  if (version === 'TLSv1.3') await once(socket, 'session')
  return socket
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('the session of a %s connection', (maxVersion) => {
  it('is resumed by the next to the same target, and by the one after that', async () => {
    server = await LoopbackServer.tls({ cert: good, maxVersion })
    const adapter = adapterFor({ ca })
    const first = await openWithSession(adapter, maxVersion)
    expect(first.isSessionReused()).toBe(false)
    for (let n = 0; n < 3; n++) {
      const next = await open(adapter)
      expect(next.getProtocol()).toBe(maxVersion)
      expect(next.isSessionReused()).toBe(true)
      expect(next.authorized).toBe(true)
    }
  })

  it('is not shared between adapters', async () => {
    server = await LoopbackServer.tls({ cert: good, maxVersion })
    await openWithSession(adapterFor({ ca }), maxVersion)
    expect((await open(adapterFor({ ca }))).isSessionReused()).toBe(false)
  })

  it('is not kept when the peer was not the one that was asked for', async () => {
    server = await LoopbackServer.tls({ cert: otherHost, maxVersion })
    const adapter = adapterFor({ ca })
    for (let n = 0; n < 3; n++) {
      await expect(open(adapter)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', phase: 'handshake' })
    }
  })

  it('that the server does not know any more is none: the handshake is a full one', async () => {
    server = await LoopbackServer.tls({ cert: good, maxVersion })
    const adapter = adapterFor({ ca })
    const { port } = server
    const first = await openWithSession(adapter, maxVersion)
    first.destroy()
    await closed(first)
    await server.close()
    server = await LoopbackServer.tls({ cert: good, maxVersion, port })
    expect((await openWithSession(adapter, maxVersion)).isSessionReused()).toBe(false)
    expect((await open(adapter)).isSessionReused()).toBe(true)
  })

  it('is not offered again after a handshake with it has failed', async () => {
    const ticketKeys = Buffer.alloc(48, 7)
    server = await LoopbackServer.tls({ cert: good, maxVersion, ticketKeys })
    const adapter = adapterFor({ ca })
    const { port } = server
    const first = await openWithSession(adapter, maxVersion)
    first.destroy()
    await closed(first)
    await server.close()
    server = await LoopbackServer.plain({ port })
    const failing = open(adapter)
    const peer = await server.accepted()
    await once(peer, 'data')
    peer.resetAndDestroy()
    await expect(failing).rejects.toMatchObject({ phase: 'handshake' })
    await server.close()
    server = await LoopbackServer.tls({ cert: good, maxVersion, ticketKeys, port })
    expect((await open(adapter)).isSessionReused()).toBe(false)
  })

  it('is kept as long as a function gives the same certificates, read anew each time', async () => {
    server = await LoopbackServer.tls({ cert: good, maxVersion })
    const adapter = adapterFor(() => ({ ca: [Buffer.from(ca)], key: Buffer.from(key), cert: Buffer.from(good) }))
    await openWithSession(adapter, maxVersion)
    expect((await open(adapter)).isSessionReused()).toBe(true)
  })

  it('is not resumed with another client certificate, which it would hide', async () => {
    server = await LoopbackServer.tls({ cert: good, maxVersion, requestCert: true, rejectUnauthorized: false })
    let cert = good
    const adapter = adapterFor(() => ({ ca, key, cert }))
    await openWithSession(adapter, maxVersion)
    await server.accepted()
    cert = otherHost
    expect((await open(adapter)).isSessionReused()).toBe(false)
    expect(nameOf(await server.accepted())).toBe('millpond test other-host')
  })
})

describe('a session that comes late', () => {
  it('is kept for the options that its connection was made with, not for those of now', async () => {
    server = await LoopbackServer.tls({ cert: good, requestCert: true, rejectUnauthorized: false })
    let cert = good
    const adapter = adapterFor(() => ({ ca, key, cert }))
    const old = await openWithSession(adapter, 'TLSv1.3')
    const session = old.getSession()
    cert = otherHost
    await open(adapter)
    old.emit('session', session)
    await server.accepted()
    await server.accepted()
    await open(adapter)
    expect(nameOf(await server.accepted())).toBe('millpond test other-host')
  })
})

function nameOf(peer: unknown): string {
  return String((peer as tls.TLSSocket).getPeerCertificate().subject.CN)
}

describe('what TLS is made with', () => {
  it('includes the protocols to choose from', async () => {
    server = await LoopbackServer.tls({ cert: good, ALPNProtocols: ['h2', 'http/1.1'] })
    expect((await open(adapterFor({ ca, ALPNProtocols: ['http/1.1'] }))).alpnProtocol).toBe('http/1.1')
    expect((await open(adapterFor({ ca, ALPNProtocols: ['h2', 'http/1.1'] }))).alpnProtocol).toBe('h2')
  })

  it('includes a client certificate', async () => {
    server = await LoopbackServer.tls({ cert: good, requestCert: true, rejectUnauthorized: false })
    await open(adapterFor({ ca, key, cert: otherHost }))
    expect(nameOf(await server.accepted())).toBe('millpond test other-host')
  })

  it('lets a server choose its certificate by the name that it is asked for', async () => {
    const asked: string[] = []
    server = await LoopbackServer.tls({
      cert: otherHost,
      SNICallback: (name, done) => {
        asked.push(name)
        done(null, tls.createSecureContext({ key, cert: name === 'localhost' ? good : otherHost }))
      },
    })
    expect((await open(adapterFor({ ca }, 'localhost'))).authorized).toBe(true)
    expect((await open(adapterFor({ ca, servername: 'other.example' }))).authorized).toBe(true)
    expect(asked).toEqual(['localhost', 'other.example'])
  })

  it('is asked for anew by a flush, so that renewed certificates are used', async () => {
    server = await LoopbackServer.tls({ cert: good, requestCert: true, rejectUnauthorized: false })
    let cert = good
    pool = createPool(
      adapterFor(() => ({ ca, key, cert })),
      { size: { max: 1 } },
    ) as Pool<tls.TLSSocket>
    await pool.use(() => {})
    expect(nameOf(await server.accepted())).toBe('millpond test good')
    cert = otherHost
    expect(await pool.use((_socket, { connection }) => connection.id)).toBe(1)
    pool.flush()
    expect(await pool.use((socket, { connection }) => [connection.id, socket.isSessionReused()])).toEqual([2, false])
    expect(nameOf(await server.accepted())).toBe('millpond test other-host')
  })

  it('is asked for once for each open', async () => {
    server = await LoopbackServer.tls({ cert: good })
    let calls = 0
    const adapter = adapterFor(() => {
      calls++
      return { ca }
    })
    expect(calls).toBe(0)
    await open(adapter)
    await open(adapter)
    expect(calls).toBe(2)
  })

  it.each([
    ['throws', () => JSON.parse('{') as tls.ConnectionOptions, SyntaxError],
    ['gives nothing', () => undefined as unknown as tls.ConnectionOptions, InvalidOptionError],
    ['gives a promise', () => Promise.resolve({}) as tls.ConnectionOptions, InvalidOptionError],
    ['gives a bad key', () => ({ key: 'no key', cert: good }), InvalidOptionError],
    ['gives a host', () => ({ host: 'other.example' }), InvalidOptionError],
  ])('fails the open when its function %s', async (_what, options, error) => {
    server = await LoopbackServer.tls({ cert: good })
    await expect(open(adapterFor(options))).rejects.toBeInstanceOf(error)
  })

  it('is found again by the open after one that failed', async () => {
    server = await LoopbackServer.tls({ cert: good })
    const results = [{ key: 'no key', cert: good }, { ca }]
    const adapter = adapterFor(() => results.shift() as tls.ConnectionOptions)
    await expect(open(adapter)).rejects.toBeInstanceOf(InvalidOptionError)
    expect((await open(adapter)).authorized).toBe(true)
  })
})
