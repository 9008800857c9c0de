import { once } from 'node:events'
import http from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { until } from '../../../tcp/test/until.js'
import { TestServer } from '../agent/test-server.js'
import { failureOf } from '../http2/bench-of-pools.js'
import { acceptUpgrade } from './accept-upgrade.js'
import { ask, exchange, WsBench } from './bench-of-ws-pools.js'
import { echo } from './test-ws-server.js'

const bench = new WsBench()
afterEach(() => bench.end())

describe('a WebSocket', () => {
  it('is used again by the next borrower, over TLS or not', async () => {
    for (const isTls of [false, true]) {
      const server = await bench.server(echo, { isTls })
      const pool = bench.pool()
      expect(await ask(pool, server.url('/rpc'), 'one')).toBe('one')
      expect(await ask(pool, server.url('/rpc'), 'two')).toBe('two')
      expect([server.accepted, pool.stats().idle]).toEqual([1, 1])
    }
  })

  it('is shared by those who ask for the same URL, and by no others', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const [url, secret] = [server.url('/a'), server.url('/a?token=s3cret')]
    for (const one of [url, new URL(url), url.replace('ws:', 'http:'), secret, server.url('/b')]) {
      await ask(pool, String(one))
    }
    await ask(pool, url.replace('//', '//jane:s3cret@'))
    expect(server.accepted).toBe(4)
    const keys = [...pool.connections()].map(({ key }) => `${key}`)
    expect(new Set(keys).size).toBe(4)
    expect(keys[0]).toBe(url.replace('/a', '/a'))
    for (const key of keys) expect(key).not.toContain('s3cret')
  })

  it('carries one lease, unless `concurrency` says more', async () => {
    const server = await bench.server()
    const alone = bench.pool()
    const [first, second] = [await alone.acquire(server.url()), await alone.acquire(server.url())]
    expect(first.resource).not.toBe(second.resource)
    const shared = bench.pool({ concurrency: 3 })
    const leases = await Promise.all([1, 2, 3, 4].map(() => shared.acquire(server.url())))
    expect(new Set(leases.map(({ resource }) => resource)).size).toBe(2)
  })

  it('is upgraded with the protocols and headers that were asked for', async () => {
    const seen: http.IncomingHttpHeaders[] = []
    const server = await bench.server((webSocket, request) => {
      seen.push(request.headers)
      echo(webSocket, request)
    })
    let token = 0
    const headers = async (url: URL) => ({ authorization: `Bearer ${++token} ${url.pathname}` })
    const pool = bench.pool({ protocols: ['rpc.v2', 'rpc.v1'], headers })
    const { resource } = await pool.acquire(server.url('/rpc'))
    expect(resource.protocol).toBe('rpc.v2')
    await pool.acquire(server.url('/rpc'))
    expect(seen.map((one) => one.authorization)).toEqual(['Bearer 1 /rpc', 'Bearer 2 /rpc'])
    const fixed = bench.pool({ headers: { 'x-own': 'a' }, protocols: 'rpc.v1', ws: { origin: 'https://pond.test' } })
    await fixed.acquire(server.url())
    expect(seen[2]).toMatchObject({ 'x-own': 'a', origin: 'https://pond.test', 'sec-websocket-protocol': 'rpc.v1' })
  })

  it('is made ready before it is lent for the first time, by `prepare`', async () => {
    const server = await bench.server((webSocket, request) => {
      webSocket.send('who are you?')
      echo(webSocket, request)
    })
    const greetings: string[] = []
    const pool = bench.pool({
      async prepare(webSocket) {
        greetings.push(String((await once(webSocket, 'message'))[0]))
        await exchange(webSocket, 'me')
      },
    })
    expect(await ask(pool, server.url())).toBe('hello')
    expect(await ask(pool, server.url())).toBe('hello')
    expect(greetings).toEqual(['who are you?'])
  })

  it('whose `prepare` fails, or never ends, is not lent, and closed', async () => {
    const server = await bench.server()
    const failing = bench.pool({ prepare: () => Promise.reject(new Error('login refused')) })
    expect(await failureOf(failing.acquire(server.url()))).toMatchObject({
      code: 'ERR_POOL_CONNECT',
      cause: { message: 'login refused' },
    })
    const hanging = bench.pool({ prepare: () => new Promise(() => {}), connect: { timeout: 40 } })
    expect(await failureOf(hanging.acquire(server.url()))).toMatchObject({ code: 'ERR_POOL_CONNECT' })
    await server.emptied()
    const gone = await bench.server((webSocket) => webSocket.close(4001))
    const cut = bench.pool({ prepare: () => new Promise(() => {}) })
    expect((await failureOf(cut.acquire(gone.url()))).message).toContain('closed with 4001 in prepare')
  })

  it('shows its first borrower what the peer says first, in the packet of its upgrade even', async () => {
    const greeting = 'who are you?'
    const server = bench.keep(
      await TestServer.raw((socket) => {
        socket.on('data', (chunk) => {
          const frame = Buffer.concat([Buffer.from([0x81, greeting.length]), Buffer.from(greeting)])
          if (String(chunk).startsWith('GET')) socket.write(Buffer.concat([Buffer.from(acceptUpgrade(chunk)), frame]))
        })
      }),
    )
    const heard = await bench
      .pool()
      .use(server.url(), async (webSocket) => String((await once(webSocket, 'message'))[0]))
    expect(heard).toBe(greeting)
  })
})

describe('an upgrade', () => {
  it.each([401, 200, 302, 503])('that is answered with %i fails, and says the status', async (status) => {
    const server = bench.keep(
      await TestServer.http((_request, response) => response.writeHead(status, { location: '/' }).end('no')),
    )
    const error = await failureOf(bench.pool().acquire(`${server.url('/x?token=s3cret')}`))
    expect(error).toMatchObject({ code: 'ERR_POOL_CONNECT', cause: { code: 'ERR_WS_HANDSHAKE', status } })
    expect(error.message).toContain(`${status} ${http.STATUS_CODES[status]}`)
    expect(error.message).not.toContain('s3cret')
    await server.emptied()
  })

  it('whose answer is no WebSocket fails, and says why', async () => {
    const server = bench.keep(
      await TestServer.raw((socket) => {
        socket.on('data', () =>
          socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
        )
      }),
    )
    const error = await failureOf(bench.pool().acquire(server.url()))
    expect(error.cause).toMatchObject({ code: 'ERR_WS_HANDSHAKE', status: undefined })
    expect(error.message).toContain('Sec-WebSocket-Accept')
    await server.emptied()
  })

  it('of which the peer chooses no protocol fails', async () => {
    const server = await bench.server(echo, { handleProtocols: () => false })
    const error = await failureOf(bench.pool({ protocols: 'rpc' }).acquire(server.url()))
    expect(error.message).toContain('no subprotocol')
  })

  it('that is not answered within `handshake.timeout` fails', async () => {
    const server = bench.keep(await TestServer.raw((socket) => socket.resume()))
    const error = await failureOf(bench.pool({ handshake: { timeout: 40 } }).acquire(server.url()))
    expect(error.message).toContain('no answer to the upgrade within 40 ms')
    await server.emptied()
  })

  it('whose headers Node will not have fails, and leaves no socket', async () => {
    const server = await bench.server()
    const pool = bench.pool({ headers: { 'x-own': 'a\r\nb' } })
    expect(await failureOf(pool.acquire(server.url()))).toMatchObject({ cause: { code: 'ERR_INVALID_CHAR' } })
    await server.emptied()
  })

  it('whose connection is refused fails with the code of that', async () => {
    const error = await failureOf(bench.pool().acquire('ws://127.0.0.1:1/'))
    expect(error).toMatchObject({ code: 'ERR_POOL_CONNECT', cause: { code: 'ECONNREFUSED' } })
  })

  it.each(['ftp://x/', 'nonsense s3cret', 7, null, 'ws://x/#fragment'])('to %o is refused', async (url) => {
    const error = await failureOf(bench.pool().acquire(url as never))
    expect(error).toMatchObject({ code: 'ERR_POOL_INVALID_OPTION', option: 'target' })
    expect(error.message).not.toContain('s3cret')
  })
})

describe('what a borrower leaves behind', () => {
  it('as listeners is taken off', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const heard: string[] = []
    let before: number | undefined
    await pool.use(server.url(), async (webSocket) => {
      before = webSocket.listenerCount('message')
      webSocket.on('message', () => heard.push('on'))
      webSocket.onmessage = () => heard.push('onmessage')
      webSocket.addEventListener('close', () => heard.push('close'))
      webSocket.binaryType = 'arraybuffer'
    })
    await pool.use(server.url(), async (webSocket) => {
      expect([webSocket.listenerCount('message'), webSocket.binaryType]).toEqual([before, 'nodebuffer'])
      expect(await exchange(webSocket, 'next')).toBe('next')
    })
    await pool.close()
    expect([heard, server.accepted]).toEqual([[], 1])
  })

  it('as somebody who waits for a message has the connection closed', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const ends: unknown[] = []
    pool.on('disconnect', ({ reason, error }) => ends.push([reason, (error as Error).message]))
    await pool.use(server.url(), async (webSocket) => void webSocket.once('message', () => {}))
    await until(() => ends.length === 1)
    expect(ends).toEqual([['reset-failed', expect.stringContaining('still waited for a message')]])
    await until(() => server.goodbyes.length === 1)
    expect(server.goodbyes).toEqual(['1000'])
  })

  it('as bytes that are not written yet has it closed, once they are', async () => {
    const received: number[] = []
    const server = await bench.server((webSocket) => webSocket.on('message', (data) => received.push(`${data}`.length)))
    const pool = bench.pool()
    const ends: unknown[] = []
    pool.on('disconnect', ({ reason, error }) => ends.push([reason, (error as Error).message]))
    await pool.use(server.url(), async (webSocket) => webSocket.send('x'.repeat(20_000_000)))
    await until(() => ends.length === 1)
    expect(ends).toEqual([['reset-failed', expect.stringContaining('not written yet')]])
    await until(() => received.length === 1)
    expect([received, server.goodbyes]).toEqual([[20_000_000], ['1000']])
  })

  it('without the listeners of the pool has it closed, since nobody would hear of its end', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await pool.use(server.url(), async (webSocket) => void webSocket.removeAllListeners())
    await until(() => pool.stats().size === 0)
    expect(pool.stats().closed['reset-failed']).toBe(1)
    expect(await ask(pool, server.url())).toBe('hello')
  })

  it('as a pause is undone', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await pool.use(server.url(), async (webSocket) => {
      await exchange(webSocket, 'flowing')
      webSocket.pause()
    })
    expect(await ask(pool, server.url())).toBe('hello')
    expect(server.accepted).toBe(1)
  })

  it('as an error has the connection ended, since the answer may be on its way', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await expect(pool.use(server.url(), () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(pool.stats().closed.destroyed).toBe(1)
    const shared = bench.pool({ concurrency: 2 })
    await expect(shared.use(server.url(), () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(shared.stats()).toMatchObject({ idle: 1 })
  })
})

describe('a message that comes while nobody has the connection', () => {
  it('has it retired, so that no borrower takes it for an answer', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const retired: unknown[] = []
    pool.on('retire', ({ reason, detail }) => retired.push([reason, detail]))
    await ask(pool, server.url())
    await until(() => pool.stats().idle === 1)
    server.clients[0]?.send('out of the blue')
    await until(() => pool.stats().size === 0)
    expect(retired).toEqual([['retired', 'a message came while nobody had it']])
    expect(await ask(pool, server.url(), 'mine')).toBe('mine')
    expect([server.accepted, server.goodbyes]).toEqual([2, ['1000']])
  })

  it('is given to `onIdleMessage`, which may keep the connection', async () => {
    const server = await bench.server()
    const told: unknown[] = []
    const pool = bench.pool({
      onIdleMessage(data, isBinary) {
        told.push([String(data), isBinary])
        return String(data) === 'heartbeat' ? 'keep' : undefined
      },
    })
    await ask(pool, server.url())
    await until(() => pool.stats().idle === 1)
    server.clients[0]?.send('heartbeat')
    await until(() => told.length === 1)
    expect(await ask(pool, server.url(), 'mine')).toBe('mine')
    expect(server.accepted).toBe(1)
    await until(() => pool.stats().idle === 1)
    server.clients[0]?.send(Buffer.from('news'))
    await until(() => pool.stats().size === 0)
    expect(told).toEqual([
      ['heartbeat', false],
      ['news', true],
    ])
  })

  it('is seen during a check as well, in the packet of its answer even', async () => {
    const server = await bench.server((webSocket) => {
      webSocket.on('ping', () => webSocket.send('in the midst of a check'))
      webSocket.on('message', (data) => webSocket.send(data))
    })
    const pool = bench.pool({ health: { after: 0 } })
    await ask(pool, server.url())
    const since = performance.now()
    await until(() => pool.stats().idle === 1 && performance.now() - since > 15)
    expect(await ask(pool, server.url(), 'mine')).toBe('mine')
    expect([server.accepted, pool.stats().closed.retired]).toEqual([2, 1])
  })
})

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
    await until(() => ends.length === 1)
    await proxy.reset()
    expect([await asked, ends]).toEqual(['hello', ['unhealthy']])
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

it('stats() equals a recount of connections(), with leases and waiters (invariant 10)', async () => {
  const server = await bench.server()
  const pool = bench.pool({ perKey: 2, concurrency: 2 })
  const held: WebSocket[] = []
  const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire(server.url())))
  for (const lease of leases) held.push(lease.resource)
  const waiting = pool.acquire(server.url())
  leases[0]?.release()
  await waiting
  leases[1]?.retire()
  leases[2]?.destroy()
  await until(() => pool.stats().closing === 0)
  const { connecting, connected, idle, closing, size, leases: leased } = pool.stats()
  const connections = [...pool.connections()]
  expect([connecting + connected + idle + closing, connections.length]).toEqual([size, size])
  expect(connections.reduce((sum, one) => sum + one.leases, 0)).toBe(leased)
})
