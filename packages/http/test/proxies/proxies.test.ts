import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChaosProxy, chaosProxy } from '@millpond/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import type { RealServer } from '../../../testing/test/real-servers/real-server.js'
import { createAgent } from '../../src/index.js'
import { startHaproxy } from './haproxy.js'
import { startNginx } from './nginx.js'
import { type ProxyClient, proxyClients } from './proxy-clients.js'

let upstream: http.Server
let upstreamPort: number
let proxy: RealServer | undefined
let line: ChaosProxy | undefined
let clients: Record<string, ProxyClient>

beforeEach(async () => {
  upstream = http.createServer((request, response) => {
    response.setHeader('Content-Type', 'text/plain')
    response.end(`hello ${request.url}`)
  })
  upstream.keepAliveTimeout = 60_000
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  upstreamPort = (upstream.address() as net.AddressInfo).port
  clients = Object.fromEntries(Object.entries(proxyClients).map(([name, make]) => [name, make()]))
})

afterEach(async () => {
  for (const { pool } of Object.values(clients)) await pool.close()
  await line?.close()
  await proxy?.stop()
  upstream.closeAllConnections()
  upstream.close()
  line = undefined
})

/** Up to 3 ms later than without it, each time another: so that every moment of a connection's end is met. */
async function shakyLine({ port }: RealServer): Promise<string> {
  line = await chaosProxy({ target: { port } })
  line.add({ type: 'latency', stream: 'upstream', latency: 1, jitter: 1 })
  line.add({ type: 'latency', stream: 'downstream', latency: 1, jitter: 1 })
  return `http://127.0.0.1:${line.port}`
}

const steadyLine = ({ port }: RealServer) => `http://127.0.0.1:${port}`

/** Every client, so many callers of each, who ask one after the other, with pauses as drawn. Resolves with failures. */
async function ask(origin: string, callers: number, each: number, pause = () => 0): Promise<string[]> {
  const failures: string[] = []
  const caller = async (name: string, { get }: ProxyClient, index: number) => {
    for (let time = 0; time < each; time++) {
      const path = `/${index}/${time}`
      const text = await get(origin + path).catch((error) => `${error.name} ${error.cause ?? error.message}`)
      if (text !== `hello ${path}`) failures.push(`${name}: ${text}`)
      await sleep(pause())
    }
  }
  const all = Object.entries(clients).flatMap(([name, client]) =>
    Array.from({ length: callers }, (_, index) => caller(name, client, index)),
  )
  await Promise.all(all)
  return failures
}

/** What the clients' pools have counted, by client. */
function counted<T>(read: (stats: ReturnType<ProxyClient['pool']['stats']>) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(clients).map(([name, { pool }]) => [name, read(pool.stats())]))
}

const everyone = <T>(value: T) => Object.fromEntries(Object.keys(proxyClients).map((name) => [name, value]))

const nginxServer = (settings: string) =>
  startNginx(`
    ${settings}
    upstream back { server 127.0.0.1:${upstreamPort}; keepalive 16; }
    server {
      listen 127.0.0.1:PORT;
      location / { proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }`)

describeWith('nginx', 'through nginx, every client', { timeout: 30_000 }, () => {
  it('has every GET answered where connections serve 20 requests', async () => {
    proxy = await nginxServer('keepalive_requests 20;')
    expect(await ask(await shakyLine(proxy), 4, 50)).toEqual([])
    expect(counted(({ opened }) => opened >= 200 / 20 && opened <= 200 / 20 + 4)).toEqual(everyone(true))
  })

  it('has every GET answered where connections last a second, and nobody says so', async () => {
    proxy = await nginxServer('keepalive_timeout 1s;')
    // About as long as nginx waits, the way there and back included.
    expect(await ask(await shakyLine(proxy), 8, 4, () => 990 + Math.random() * 12)).toEqual([])
  })

  it('closes before a server that says when it will', async () => {
    proxy = await nginxServer('keepalive_timeout 2s 2s;')
    expect(await ask(steadyLine(proxy), 1, 1)).toEqual([])
    while (Object.values(clients).some(({ pool }) => pool.stats().size > 0)) await sleep(20)
    expect(counted(({ closed }) => closed.lost)).toEqual(everyone(0))
  })

  it('reuses no connection that is announced to end', async () => {
    proxy = await nginxServer('keepalive_timeout 0;')
    expect(await ask(steadyLine(proxy), 4, 10)).toEqual([])
    expect(counted(({ opened, resent }) => ({ opened, resent }))).toEqual(everyone({ opened: 40, resent: 0 }))
  })

  it('has every GET answered while nginx is reloaded', async () => {
    proxy = await nginxServer('')
    const asked = ask(await shakyLine(proxy), 4, 100, () => Math.random() * 6)
    for (let reload = 0; reload < 3; reload++) {
      await sleep(250)
      proxy.signal('SIGHUP')
    }
    expect(await asked).toEqual([])
    expect(counted(({ opened }) => opened > 4)).toEqual(everyone(true))
  })
})

describeWith('haproxy', 'through HAProxy, every client', { timeout: 30_000 }, () => {
  it('has every GET answered where an idle connection ends after 100 ms', async () => {
    proxy = await startHaproxy(upstreamPort, 'timeout http-keep-alive 100ms')
    expect(await ask(await shakyLine(proxy), 8, 15, () => 90 + Math.random() * 20)).toEqual([])
  })

  it('reuses no connection that is announced to end', async () => {
    proxy = await startHaproxy(upstreamPort, 'option httpclose')
    expect(await ask(steadyLine(proxy), 4, 10)).toEqual([])
    expect(counted(({ opened, resent }) => ({ opened, resent }))).toEqual(everyone({ opened: 40, resent: 0 }))
  })

  it('has every GET answered while HAProxy is reloaded', async () => {
    proxy = await startHaproxy(upstreamPort, '')
    const asked = ask(await shakyLine(proxy), 4, 100, () => Math.random() * 6)
    for (let reload = 0; reload < 3; reload++) {
      await sleep(250)
      proxy.signal('SIGUSR2')
    }
    expect(await asked).toEqual([])
  })
})

describeWith('haproxy', 'through HAProxy', { timeout: 30_000 }, () => {
  it('a 408 on an idle connection is nobody’s answer', async () => {
    proxy = await startHaproxy(upstreamPort, 'timeout http-request 200ms')
    const agent = createAgent({ perKey: 1 })
    clients = { agent: { pool: agent, get: async () => '' } }
    // Nobody asks on the connection that was opened for it.
    const given = http.get({ agent, host: '127.0.0.1', port: proxy.port })
    given.on('error', () => {}).destroy()
    await once(agent as never, 'disconnect')
    expect(agent.stats()).toMatchObject({ acquired: 0, closed: { lost: 1 } })
    const asked = http.get({ agent, host: '127.0.0.1', port: proxy.port, path: '/b' })
    const [response] = (await once(asked, 'response')) as [http.IncomingMessage]
    expect(response.resume().statusCode).toBe(200)
  })
})
