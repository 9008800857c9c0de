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
