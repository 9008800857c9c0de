import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { ask, exchange, WsBench } from './bench-of-ws-pools.js'
import { echo } from './test-ws-server.js'

const bench = new WsBench()
afterEach(() => bench.end())

describe('the end', () => {
  it('of the pool says goodbye with 1000, and leaves no socket', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await ask(pool, server.url())
    await pool.close()
    await server.emptied()
    expect([server.goodbyes, pool.stats().size, [...pool.connections()]]).toEqual([['1000'], 0, []])
  })

  it('that the peer makes is told with its code and reason', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const ends: unknown[] = []
    pool.on('disconnect', ({ reason, error }) => ends.push([reason, error]))
    const lease = await pool.acquire(server.url('/x?token=s3cret'))
    server.clients[0]?.close(4321, 'maintenance')
    await once(lease.signal, 'abort')
    await until(() => ends.length === 1)
    expect(ends[0]).toEqual([
      'lost',
      expect.objectContaining({ why: 'closed', closeCode: 4321, reason: 'maintenance' }),
    ])
    expect(`${lease.signal.reason}`).toContain('4321 (maintenance)')
    expect(`${lease.signal.reason}`).not.toContain('s3cret')
  })

  it('by a reset is told as such', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const ends: unknown[] = []
    pool.on('disconnect', ({ reason, error }) => ends.push([reason, error]))
    await ask(pool, server.url())
    server.reset()
    await until(() => ends.length === 1)
    expect(ends[0]).toEqual(['lost', expect.objectContaining({ why: 'cut', closeCode: undefined })])
  })

  it('by what is no WebSocket is told as such, and ends nothing else', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const ends: unknown[] = []
    pool.on('disconnect', ({ reason, error }) => ends.push([reason, error]))
    await ask(pool, server.url())
    ;(server.clients[0] as never as { _socket: { write(bytes: Buffer): void } })._socket.write(Buffer.alloc(20, 0xff))
    await until(() => ends.length === 1)
    expect(ends[0]).toEqual(['lost', expect.objectContaining({ why: 'error', cause: expect.any(Error) })])
    expect(await ask(pool, server.url())).toBe('hello')
  })

  it('of a connection under a peer that is frozen does not keep the pool from closing', async () => {
    const server = await bench.server()
    const proxy = await bench.proxy(server)
    const pool = bench.pool({ close: { timeout: 50 } })
    await ask(pool, `ws://localhost:${proxy.port}/`)
    proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    proxy.add({ type: 'timeout', stream: 'downstream', timeout: 0 })
    await pool.close()
    expect(pool.stats().size).toBe(0)
  })
})

describe('a peer', () => {
  const freeze = async (proxy: Awaited<ReturnType<typeof bench.proxy>>) => {
    proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    proxy.add({ type: 'timeout', stream: 'downstream', timeout: 0 })
  }

  it('that is frozen is found out by a ping before its connection is lent', async () => {
    const server = await bench.server()
    const proxy = await bench.proxy(server)
    const pool = bench.pool({ health: { after: 0, timeout: 50 } })
    const url = `ws://localhost:${proxy.port}/`
    const ends: string[] = []
    pool.on('disconnect', ({ reason }) => ends.push(reason))
    await ask(pool, url)
    await freeze(proxy)
    const since = performance.now()
    await until(() => pool.stats().idle === 1 && performance.now() - since > 15)
    const asked = ask(pool, url)
    await until(() => ends.length > 0)
    await proxy.reset()
    expect([await asked, ends[0]]).toEqual(['hello', 'unhealthy'])
  })

  it('that is frozen is found out by a ping while its connection is in use', async () => {
    const server = await bench.server()
    const proxy = await bench.proxy(server)
    const pool = bench.pool({ ping: { every: 40, timeout: 40 } })
    const lease = await pool.acquire(`ws://localhost:${proxy.port}/`)
    expect(await exchange(lease.resource, 'hello')).toBe('hello')
    await freeze(proxy)
    await once(lease.signal, 'abort')
    expect(lease.signal.reason).toMatchObject({ code: 'ERR_WS_LOST', why: 'silent' })
    lease.release()
  })

  it('that answers pings may be silent for as long as it takes', async () => {
    let pings = 0
    const server = await bench.server((webSocket) => {
      webSocket.on('ping', () => pings++)
      webSocket.on('message', (data) => setTimeout(() => webSocket.send(data), 200))
    })
    const pool = bench.pool({ ping: { every: 20, timeout: 1_000 } })
    expect(await ask(pool, server.url())).toBe('hello')
    expect(pings).toBeGreaterThan(1)
  })

  it('that restarts is spoken with again, and who asks meanwhile waits for it with `connect.retry`', async () => {
    const first = await bench.server()
    const { port } = first
    const pool = bench.pool({ connect: { retry: true, backoff: { initialDelay: 10, maxDelay: 20 } } })
    await ask(pool, first.url())
    await first.close()
    await until(() => pool.stats().size === 0)
    const meanwhile = ask(pool, `ws://localhost:${port}/`)
    await bench.server(echo, { listenOn: port })
    expect(await meanwhile).toBe('hello')
  })
})
