import { once } from 'node:events'
import type net from 'node:net'
import type tls from 'node:tls'
import { InvalidOptionError, type KeyedPool } from '@millpond/core'
import { virtualClock } from '@millpond/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { certificates } from '../test/certificates.js'
import { LoopbackServer } from '../test/loopback-server.js'
import { createTcpPool, type TcpPoolOptions, type TcpPoolTarget } from './tcp-pool.js'

const host = '127.0.0.1'

let servers: LoopbackServer[]
let a: LoopbackServer
let b: LoopbackServer
let secure: LoopbackServer
let pool: KeyedPool<TcpPoolTarget, net.Socket>

function start(options?: TcpPoolOptions): void {
  pool = createTcpPool(options)
}

beforeEach(async () => {
  a = await LoopbackServer.plain()
  b = await LoopbackServer.plain()
  secure = await LoopbackServer.tls({ cert: certificates.good })
  servers = [a, b, secure]
})

afterEach(async () => {
  await pool.destroy()
  for (const server of servers) {
    await server.emptied()
    await server.close()
  }
})

const portOf = (target: TcpPoolTarget) => pool.use(target, (socket) => socket.remotePort)

describe('a pool of TCP connections by target', () => {
  it('keeps the connections of each host and port apart, and lends them again', async () => {
    start()
    for (let n = 0; n < 3; n++) {
      expect(await portOf({ host, port: a.port })).toBe(a.port)
      expect(await portOf({ host, port: b.port })).toBe(b.port)
    }
    expect(pool.stats()).toMatchObject({ keys: 2, size: 2, opened: 2, acquired: 6 })
    const keys = [...pool.connections()].map(({ key }) => key)
    expect(keys).toEqual([`tcp://${host}:${a.port}`, `tcp://${host}:${b.port}`])
  })

  it('takes hosts for the same whatever the case of their letters', async () => {
    start()
    await portOf({ host: 'localhost', port: a.port })
    await portOf({ host: 'LOCALHOST', port: a.port })
    expect(pool.stats()).toMatchObject({ keys: 1, opened: 1 })
  })

  it('limits the connections to one host by perKey, and those to another are not concerned', async () => {
    start({ perKey: 2, connect: { growth: 'eager' } })
    const leases = await Promise.all([1, 2].map(() => pool.acquire({ host, port: a.port })))
    const third = pool.acquire({ host, port: a.port })
    expect(await portOf({ host, port: b.port })).toBe(b.port)
    expect(pool.stats()).toMatchObject({ waiting: 1, leases: 2 })
    leases[0]?.release()
    const lease = await third
    expect(lease.reused).toBe(true)
    lease.release()
    leases[1]?.release()
  })

  it('begins a new generation of one host by flush, and leaves the others alone', async () => {
    start()
    await portOf({ host, port: a.port })
    await portOf({ host, port: b.port })
    const gone = new Promise((resolve) => pool.on('disconnect', resolve))
    pool.flush({ host, port: a.port })
    expect(await gone).toMatchObject({ reason: 'stale', connection: { key: `tcp://${host}:${a.port}` } })
    await portOf({ host, port: a.port })
    await portOf({ host, port: b.port })
    expect(pool.stats()).toMatchObject({ opened: 3, closed: { stale: 1 } })
  })

  it('ends the connections to all hosts when it is closed', async () => {
    start({ perKey: 3, connect: { growth: 'eager' } })
    const leases = await Promise.all([a, a, b, b].map(({ port }) => pool.acquire({ host, port })))
    for (const lease of leases) lease.release()
    await pool.close()
    expect(pool.stats()).toMatchObject({ size: 0, state: 'closed' })
    await Promise.all([a.emptied(), b.emptied()])
    await expect(pool.acquire({ host, port: a.port })).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
  })

  it('gives the sockets what else it was told of them', async () => {
    const clock = virtualClock()
    start({ clock, timeouts: { read: 500 }, name: 'caches' })
    expect(pool.name).toBe('caches')
    const lease = await pool.acquire({ host, port: a.port })
    const failed = once(lease.resource, 'data').catch((error: unknown) => error)
    lease.resource.write('anybody?')
    await clock.advance(500)
    expect(await failed).toMatchObject({ name: 'TcpReadTimeoutError' })
    expect(lease.signal.reason).toBe(await failed)
    lease.release()
    await pool.close()
    expect(clock.pending).toBe(0)
  })
})

describe('the scheme of a target', () => {
  const ca = certificates.authority

  it('is TLS where the pool has options for it, unless the target says otherwise', async () => {
    start({ tls: { ca } })
    const isSecure = (target: TcpPoolTarget) =>
      pool.use(target, (socket) => (socket as tls.TLSSocket).encrypted === true)
    expect(await isSecure({ host, port: secure.port })).toBe(true)
    expect(await isSecure({ host, port: secure.port, tls: true })).toBe(true)
    expect(await isSecure({ host, port: a.port, tls: false })).toBe(false)
    expect(pool.stats()).toMatchObject({ keys: 2, opened: 2 })
  })

  it('is TCP where it has none; with TLS asked for, certificates are verified all the same', async () => {
    start()
    expect(await portOf({ host, port: a.port })).toBe(a.port)
    await expect(pool.acquire({ host, port: secure.port, tls: true })).rejects.toMatchObject({
      cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    })
  })

  it('keeps TLS and TCP to the same port apart', async () => {
    start({ tls: { ca } })
    await pool.use({ host, port: secure.port, tls: true }, () => {})
    await pool.use({ host, port: secure.port, tls: false }, () => {})
    expect(pool.stats()).toMatchObject({ keys: 2, opened: 2 })
  })

  it('lets each host resume its own sessions, and follows a function of the options', async () => {
    const other = await LoopbackServer.tls({ cert: certificates.good })
    servers.push(other)
    let asked = 0
    start({
      tls: () => {
        asked++
        return { ca }
      },
    })
    for (const { port } of [secure, other]) {
      const lease = await pool.acquire({ host, port })
      await once(lease.resource, 'session')
      expect((lease.resource as tls.TLSSocket).isSessionReused()).toBe(false)
      const next = await pool.acquire({ host, port }, { fresh: true })
      expect((next.resource as tls.TLSSocket).isSessionReused()).toBe(true)
      lease.release()
      next.release()
    }
    expect(asked).toBe(4)
  })
})

describe('what a TCP pool refuses', () => {
  it.each([
    ['no target', 'target', undefined],
    ['a connection string', 'target', 'tcp://db.example:5432'],
    ['an empty host', 'target.host', { host: '', port: 1 }],
    ['a host with a scheme', 'target.host', { host: 'tcp://db.example', port: 1 }],
    ['a host with a port', 'target.host', { host: 'db.example:5432', port: 1 }],
    ['port 0', 'target.port', { host, port: 0 }],
    ['a port that is a text', 'target.port', { host, port: '80' }],
    ['a path', 'target.path', { path: '/run/db.sock' }],
    ['a misspelt key', 'target.prot', { host, port: 1, prot: 1 }],
    ['TLS options in a target', 'target.tls', { host, port: 1, tls: { key: 'secret 73219' } }],
  ])('as a target: %s', async (_what, option, value) => {
    start()
    const target = value as TcpPoolTarget
    const error = await pool.acquire(target).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option })
    expect(String(error)).not.toContain('73219')
    await expect(pool.use(target, () => {})).rejects.toMatchObject({ option })
    expect(() => pool.tryAcquire(target)).toThrow(InvalidOptionError)
    expect(() => pool.for(target)).toThrow(InvalidOptionError)
    if (target !== undefined) expect(() => pool.flush(target)).toThrow(InvalidOptionError)
    expect(pool.stats().keys).toBe(0)
  })

  it('names a bad value', async () => {
    start()
    await expect(pool.acquire({ host, port: 70_000 })).rejects.toThrow('target.port: 70000')
    await expect(pool.acquire({ host: 'tcp://db', port: 1 })).rejects.toThrow("target.host: 'tcp://db'")
  })

  it.each([
    ['no object', 'options', 5],
    ['a bad limit', 'perKey', { perKey: 0 }],
    ['a bad option of the pool', 'idle.timeout', { idle: { timeout: 0 } }],
    ['a bad option of the sockets', 'timeouts.read', { timeouts: { read: 0 } }],
    ['a bad key', 'tls', { tls: { key: 'no key', cert: 'no cert' } }],
    ['a key function, which is its own', 'key', { key: () => '' }],
    ['an adapter, which is its own', 'adapter', { adapter: () => {} }],
    ['an unknown one', 'keepalive', { keepalive: true }],
  ])('as options: %s', (_what, option, options) => {
    start()
    const refused = () => createTcpPool(options as TcpPoolOptions)
    expect(refused).toThrow(InvalidOptionError)
    expect(refused).toThrow(expect.objectContaining({ option }))
  })
})
