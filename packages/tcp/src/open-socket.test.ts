import { getEventListeners, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type tls from 'node:tls'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { closed, openContext, readBytes } from '../test/calls.js'
import { certificates } from '../test/certificates.js'
import { LoopbackServer } from '../test/loopback-server.js'
import { tcp } from './tcp-adapter.js'
import { TcpConnectError } from './tcp-errors.js'

let server: LoopbackServer | undefined
let sockets: net.Socket[] = []

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await server?.emptied()
  expect(server?.openCount ?? 0).toBe(0)
  await server?.close()
  server = undefined
})

async function open(adapter: ReturnType<typeof tcp>, signal?: AbortSignal): Promise<net.Socket> {
  const socket = await adapter.open(openContext(signal))
  sockets.push(socket)
  return socket
}

async function failure(adapter: ReturnType<typeof tcp>): Promise<TcpConnectError> {
  try {
    await open(adapter)
  } catch (error) {
    if (error instanceof TcpConnectError) return error
    throw error
  }
  throw new Error('was opened')
}

const local = (port: number) => ({ host: '127.0.0.1', port })

describe('opening a TCP connection', () => {
  it('resolves with a connected socket once the server has accepted', async () => {
    server = await LoopbackServer.plain()
    const socket = await open(tcp(local(server.port)))
    const peer = await server.accepted()
    peer.write('hello')
    expect(await readBytes(socket, 5)).toBe('hello')
  })

  it('reaches an IPv6 address', async () => {
    server = await LoopbackServer.plain({ host: '::1' })
    const socket = await open(tcp({ host: '::1', port: server.port }))
    expect(socket.remoteFamily).toBe('IPv6')
  })

  it('reaches a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millpond-'))
    const path = join(folder, 'pond.sock')
    server = await LoopbackServer.plain({ path })
    const adapter = tcp({ path })
    const socket = await open(adapter)
    const peer = await server.accepted()
    peer.write('hello')
    expect(await readBytes(socket, 5)).toBe('hello')
    expect(adapter.name).toBe('unix')
    await rm(folder, { recursive: true })
  })

  it('switches Nagle off and keep-alive on, unless told otherwise', async () => {
    server = await LoopbackServer.plain()
    const noDelay = vi.spyOn(net.Socket.prototype, 'setNoDelay')
    const keepAlive = vi.spyOn(net.Socket.prototype, 'setKeepAlive')
    try {
      await open(tcp(local(server.port)))
      expect(noDelay.mock.calls).toEqual([[true]])
      expect(keepAlive.mock.calls).toEqual([[true, 60_000]])
      await open(tcp(local(server.port), { noDelay: false, keepAlive: false }))
      expect(noDelay).toHaveBeenCalledTimes(1)
      expect(keepAlive).toHaveBeenCalledTimes(1)
    } finally {
      noDelay.mockRestore()
      keepAlive.mockRestore()
    }
  })

  it('rejects with the code, the step and the target when the connection is refused', async () => {
    const gone = await LoopbackServer.plain()
    const { port } = gone
    await gone.close()
    const error = await failure(tcp(local(port)))
    expect(error).toMatchObject({ code: 'ECONNREFUSED', phase: 'connect', address: `127.0.0.1:${port}` })
    expect(error.message).toContain(`127.0.0.1:${port}`)
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('says what every address of a name answered when none accepted', async () => {
    const gone = await LoopbackServer.plain()
    const { port } = gone
    await gone.close()
    const error = await failure(tcp({ host: 'localhost', port }))
    expect(error.code).toBe('ECONNREFUSED')
    expect(error.message).toMatch(/connecting to localhost:\d+ failed: connect ECONNREFUSED /)
  })

  it('rejects when the Unix socket does not exist', async () => {
    const error = await failure(tcp({ path: join(tmpdir(), 'millpond-no-such.sock') }))
    expect(error).toMatchObject({ code: 'ENOENT', phase: 'connect' })
  })

  it('tells a name that was not found from a host that was not reached', async () => {
    const notFound = Object.assign(new Error('getaddrinfo ENOTFOUND db.example'), {
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
    })
    const lookup: NonNullable<tls.ConnectionOptions['lookup']> = (_host, _options, done) => done(notFound, '', 4)
    const error = await failure(tcp({ host: 'db.example', port: 1 }, { tls: { lookup } }))
    expect(error).toMatchObject({ code: 'ENOTFOUND', phase: 'lookup' })
  })
})

describe('aborting an open', () => {
  it('rejects with the reason and connects to nobody when the signal was aborted before', async () => {
    server = await LoopbackServer.plain()
    const reason = new Error('too late')
    await expect(open(tcp(local(server.port)), AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  it('rejects with an AbortError when the abort gave no reason', async () => {
    server = await LoopbackServer.plain()
    await expect(open(tcp(local(server.port)), AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
  })

  it.each([
    ['an address', '127.0.0.1'],
    ['a name', 'localhost'],
  ])('while it connects to %s destroys the socket and leaves no listener on the signal', async (_what, host) => {
    server = await LoopbackServer.plain()
    const abort = new AbortController()
    const reason = new Error('given up')
    const opening = open(tcp({ host, port: server.port }), abort.signal)
    abort.abort(reason)
    await expect(opening).rejects.toBe(reason)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
  })

  it('in the midst of a handshake that is never answered closes the TCP connection under it', async () => {
    server = await LoopbackServer.plain()
    const abort = new AbortController()
    const opening = open(tcp(local(server.port), { tls: true }), abort.signal)
    const peer = await server.accepted()
    await once(peer, 'data')
    const gone = closed(peer)
    abort.abort()
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' })
    await gone
  })

  it('changes nothing once the connection is open', async () => {
    server = await LoopbackServer.plain()
    const abort = new AbortController()
    const socket = await open(tcp(local(server.port)), abort.signal)
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0)
    abort.abort()
    expect(socket.destroyed).toBe(false)
  })
})

describe('opening a TLS connection', () => {
  const ca = certificates.authority

  it('resolves once the handshake is done and the certificate verified', async () => {
    server = await LoopbackServer.tls({ cert: certificates.good })
    const adapter = tcp({ host: 'localhost', port: server.port }, { tls: { ca } })
    const socket = (await open(adapter)) as tls.TLSSocket
    const peer = (await server.accepted()) as tls.TLSSocket
    expect(socket.authorized).toBe(true)
    expect(peer.servername).toBe('localhost')
    expect(adapter.name).toBe('tls')
    peer.write('hello')
    expect(await readBytes(socket, 5)).toBe('hello')
  })

  it('verifies an address against the addresses in the certificate', async () => {
    server = await LoopbackServer.tls({ cert: certificates.good })
    const socket = (await open(tcp(local(server.port), { tls: { ca } }))) as tls.TLSSocket
    expect(socket.authorized).toBe(true)
  })

  it.each([
    ['has expired', certificates.expired, { ca }, 'CERT_HAS_EXPIRED'],
    ['is for another host', certificates.otherHost, { ca }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['comes from an unknown authority', certificates.good, {}, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('rejects when the certificate %s, and closes the connection', async (_what, cert, options, code) => {
    server = await LoopbackServer.tls({ cert })
    const error = await failure(tcp(local(server.port), { tls: options }))
    expect(error).toMatchObject({ code, phase: 'handshake' })
    expect(error.message).toContain(code)
  })

  it('rejects a certificate that does not verify even where the environment says not to look', async () => {
    server = await LoopbackServer.tls({ cert: certificates.expired })
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue()
    try {
      expect(await failure(tcp(local(server.port), { tls: { ca } }))).toMatchObject({ code: 'CERT_HAS_EXPIRED' })
    } finally {
      vi.unstubAllEnvs()
      warning.mockRestore()
    }
  })

  it('takes any certificate where the options say so', async () => {
    server = await LoopbackServer.tls({ cert: certificates.expired })
    const socket = (await open(tcp(local(server.port), { tls: { rejectUnauthorized: false } }))) as tls.TLSSocket
    expect(socket.authorized).toBe(false)
  })

  it('verifies against the server name of the options when there is one', async () => {
    server = await LoopbackServer.tls({ cert: certificates.otherHost })
    const options = { tls: { ca, servername: 'other.example' } }
    const socket = (await open(tcp(local(server.port), options))) as tls.TLSSocket
    expect(socket.authorized).toBe(true)
  })

  it('rejects when the server resets the connection after the ClientHello', async () => {
    server = await LoopbackServer.plain()
    const failing = failure(tcp(local(server.port), { tls: true }))
    const peer = await server.accepted()
    await once(peer, 'data')
    peer.resetAndDestroy()
    expect(await failing).toMatchObject({ code: 'ECONNRESET', phase: 'handshake' })
  })

  it('rejects when the server hangs up after the ClientHello', async () => {
    server = await LoopbackServer.plain()
    const failing = failure(tcp(local(server.port), { tls: true }))
    const peer = await server.accepted()
    await once(peer, 'data')
    peer.end()
    expect(await failing).toMatchObject({ code: 'ECONNRESET', phase: 'handshake' })
  })

  it('rejects when the server does not speak TLS', async () => {
    server = await LoopbackServer.plain()
    const failing = failure(tcp(local(server.port), { tls: true }))
    const peer = await server.accepted()
    peer.write('220 smtp.example ESMTP\r\n')
    expect(await failing).toMatchObject({ phase: 'handshake' })
  })
})
