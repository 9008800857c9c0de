import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { certificates } from '../../../tcp/test/certificates.js'
import type { PooledAgent } from '../../src/index.js'
import { AgentBench } from './bench-of-agents.js'
import { answerOf, ask, begin, errorOf } from './request.js'

const bench = new AgentBench()
afterEach(() => bench.end())

const echoHost: http.RequestListener = (request, response) => {
  response.end(request.headers.host)
}

describe('createAgent', () => {
  it('answers requests one after the other on one connection', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    const first = await ask(server.url('/a'), { agent })
    const second = await ask(server.url('/b'), { agent })
    expect(first).toMatchObject({ status: 200, text: 'GET /a', reused: false })
    expect(second).toMatchObject({ status: 200, text: 'GET /b', reused: true })
    expect(server.accepted).toBe(1)
  })

  it('is an http.Agent and an https.Agent', () => {
    expect(bench.agent()).toBeInstanceOf(http.Agent)
    expect(bench.agent()).toBeInstanceOf(https.Agent)
  })

  it('carries http: and https: requests, each to its own server', async () => {
    const plain = await bench.http()
    const secure = await bench.https()
    const agent = bench.agent({ ca: certificates.authority })
    expect(await ask(plain.url(), { agent })).toMatchObject({ text: 'GET /' })
    expect(await ask(secure.url(), { agent })).toMatchObject({ text: 'GET /', reused: false })
    expect(await ask(secure.url(), { agent })).toMatchObject({ text: 'GET /', reused: true })
    expect([plain.accepted, secure.accepted]).toEqual([1, 1])
  })

  it('takes a request with a body', async () => {
    const server = await bench.http((request, response) => request.pipe(response))
    const agent = bench.agent()
    for (const body of ['one', 'two']) {
      expect(await ask(server.url(), { agent, method: 'POST' }, body)).toMatchObject({ text: body })
    }
    expect(server.accepted).toBe(1)
  })

  it('speaks over a Unix socket where the request names one', async () => {
    const server = http.createServer((_request, response) => response.end('unix'))
    const path = `\0millpond-${process.pid}`
    await once(server.listen(path), 'listening')
    const agent = bench.agent()
    expect(await ask('http://localhost/', { agent, socketPath: path })).toMatchObject({ text: 'unix' })
    expect(await ask('http://localhost/', { agent, socketPath: path })).toMatchObject({ text: 'unix', reused: true })
    await agent.close()
    server.close()
    await once(server, 'close')
  })

  it("gives the port of a request's scheme to one that names none", async () => {
    const agent = bench.agent()
    const opened: object[] = []
    agent.createConnection = (options) => {
      opened.push(options)
      throw new Error('not in this test')
    }
    await errorOf(http.get('http://example.test/', { agent }))
    await errorOf(https.get('https://example.test/', { agent }))
    expect(opened).toMatchObject([
      { host: 'example.test', port: 80, protocol: 'http:' },
      { host: 'example.test', port: 443, protocol: 'https:', servername: 'example.test' },
    ])
  })

  it('says the port in the Host header only where it is not that of the scheme', async () => {
    const server = await bench.http(echoHost)
    const agent = bench.agent()
    expect(await ask(server.url(), { agent })).toMatchObject({ text: `localhost:${server.port}` })
    const plain = http.get({ host: 'example.test', port: 80, agent }).on('error', () => {})
    const secure = https.get({ host: 'example.test', port: '443', agent }).on('error', () => {})
    const crossed = https.get({ host: 'example.test', port: 80, agent }).on('error', () => {})
    const own = https.get({ host: 'example.test', headers: { host: 'example.test:443' }, agent }).on('error', () => {})
    const hosts = [plain, secure, crossed, own].map((request) => request.destroy().getHeader('host'))
    expect(hosts).toEqual(['example.test', 'example.test', 'example.test:80', 'example.test:443'])
  })

  it('refuses a request whose scheme is not that of the module, as Node does', () => {
    const agent = bench.agent()
    expect(() => http.get('https://example.test/', { agent })).toThrow('Protocol "https:" not supported')
    expect(() => https.get({ protocol: 'http:', host: 'example.test', agent })).toThrow(
      'Protocol "http:" not supported',
    )
  })

  it("gives each request Node's own error when no connection can be opened", async () => {
    const server = await bench.http()
    const url = server.url()
    await server.close()
    const agent = bench.agent()
    const errors = await Promise.all([errorOf(begin(url, { agent })), errorOf(begin(url, { agent }))])
    for (const error of errors) expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    expect(errors[0]).not.toBe(errors[1])
    expect(errors[0]).toBeInstanceOf(Error)
  })

  it('gives the error of the TLS handshake', async () => {
    const server = await bench.https()
    const agent = bench.agent()
    expect(await errorOf(begin(server.url(), { agent }))).toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  })

  it('resumes the TLS session on the next connection to the same host', async () => {
    const resumed: boolean[] = []
    const server = await bench.https((request, response) => {
      resumed.push((request.socket as unknown as { isSessionReused(): boolean }).isSessionReused())
      response.setHeader('Connection', 'close')
      response.end('bye')
    })
    const agent = bench.agent({ ca: certificates.authority })
    await ask(server.url(), { agent })
    await ask(server.url(), { agent })
    expect(resumed).toEqual([false, true])
  })

  it("runs a request's handlers in its own async context, on new, reused and awaited connections", async () => {
    const server = await bench.http()
    const agent = bench.agent({ perKey: 1 })
    const storage = new AsyncLocalStorage<string>()
    const run = (name: string) =>
      storage.run(name, async () => {
        const request = begin(server.url(), { agent })
        const seen: unknown[] = []
        request.on('socket', (socket) => {
          seen.push(storage.getStore())
          socket.once('data', () => seen.push(storage.getStore()))
        })
        request.on('response', () => seen.push(storage.getStore()))
        await answerOf(request)
        return seen
      })
    for (const name of ['new', 'reused']) expect(await run(name)).toEqual([name, name, name])
    const waiting = await Promise.all([run('first'), run('second')])
    expect(waiting).toEqual([
      ['first', 'first', 'first'],
      ['second', 'second', 'second'],
    ])
  })
})

describe('a connection of an agent', () => {
  it('is not shared with a request that has other TLS credentials, names or checks', async () => {
    const server = await bench.https()
    const agent = bench.agent()
    const ca = certificates.authority
    const check = () => undefined
    const variants: https.RequestOptions[] = [
      { ca },
      { ca: [ca] },
      { ca, servername: 'other.example', rejectUnauthorized: false },
      { ca, rejectUnauthorized: false },
      { ca, checkServerIdentity: check },
      { ca, checkServerIdentity: () => undefined },
      { ca, key: certificates.key, cert: certificates.good },
      { ca, key: [{ pem: certificates.key }], cert: certificates.good },
      { ca, key: [{ pem: certificates.key, passphrase: 'other' }], cert: certificates.good },
      { ca, headers: { host: 'localhost.' }, checkServerIdentity: check },
      { ca, minVersion: 'TLSv1.3' },
    ]
    for (const options of variants) {
      expect(await ask(server.url(), { agent, ...options })).toMatchObject({ text: 'GET /', reused: false })
    }
    expect(server.accepted).toBe(variants.length)
    for (const options of variants) {
      expect(await ask(server.url(), { agent, ...options })).toMatchObject({ reused: true })
    }
    expect(server.accepted).toBe(variants.length)
  })

  it('is not shared between http: and https: to the same port', async () => {
    const server = await bench.https()
    const agent = bench.agent({ ca: certificates.authority })
    await ask(server.url(), { agent })
    const plain = begin(`http://localhost:${server.port}/`, { agent })
    expect(await errorOf(plain)).toMatchObject({ code: 'ECONNRESET' })
    expect(plain.reusedSocket).toBe(false)
  })

  it('is not shared with a request from another local address or of another family', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    for (const options of [{}, { localAddress: '127.0.0.1' }, { localAddress: '127.0.0.2' }, { family: 4 }]) {
      expect(await ask(server.url(), { agent, ...options })).toMatchObject({ reused: false })
      expect(await ask(server.url(), { agent, ...options })).toMatchObject({ reused: true })
    }
  })

  it("has no secret in its key, nor in the agent's names", async () => {
    const server = await bench.https()
    const agent = bench.agent()
    const options = { agent, ca: certificates.authority, key: certificates.key, cert: certificates.good }
    await ask(server.url(), options)
    const shown = JSON.stringify([[...agent.connections()], agent.stats(), Object.keys(agent.freeSockets)])
    expect(shown).toContain(`localhost:${server.port}`)
    expect(shown).not.toContain('PRIVATE')
    expect(shown).not.toContain('CERTIFICATE')
  })

  it('is made with the options of the agent, which a request cannot override', async () => {
    const server = await bench.https()
    const agent = bench.agent({ ca: certificates.authority, rejectUnauthorized: true })
    const options = { agent, ca: 'nothing that a certificate could be', rejectUnauthorized: false }
    expect(await ask(server.url(), options)).toMatchObject({ text: 'GET /' })
  })
})

describe('the face of an agent', () => {
  it('shows sockets in use, idle sockets and waiting requests by name', async () => {
    const server = await bench.http()
    const agent = bench.agent({ perKey: 1 })
    const name = agent.getName({ host: 'localhost', port: server.port })
    expect(name).toBe(`localhost:${server.port}:`)
    const first = begin(server.url(), { agent })
    const second = begin(server.url(), { agent })
    const answers = [answerOf(first), answerOf(second)]
    await once(first, 'socket')
    expect(agent.sockets).toEqual({ [name]: [first.socket] })
    expect(agent.requests).toEqual({ [name]: [second] })
    expect(agent.freeSockets).toEqual({})
    await Promise.all(answers)
    await new Promise(setImmediate)
    expect(agent.sockets).toEqual({})
    expect(agent.requests).toEqual({})
    expect(agent.freeSockets).toEqual({ [name]: [second.socket] })
  })

  it('says its limits under the names of Node', () => {
    const agent = bench.agent({ perKey: 7, total: 9, idle: { max: 3 } })
    expect(agent).toMatchObject({ maxSockets: 7, maxTotalSockets: 9, maxFreeSockets: 3, keepAlive: true })
  })

  it('names what sets a connection apart, as Node does for http:', () => {
    const agent = bench.agent()
    const node = new http.Agent()
    for (const options of [
      { host: 'a.test', port: 80 },
      { host: 'a.test', port: 80, localAddress: '127.0.0.1' },
      { host: 'a.test', port: 80, family: 6 },
      { host: 'a.test', port: 80, socketPath: '/run/a.sock' },
    ]) {
      expect(agent.getName(options)).toBe(node.getName(options))
    }
    expect(agent.getName({ host: 'a.test', port: 443, protocol: 'https:' })).toBe('a.test:443::https')
  })

  it('opens sockets by createConnection, which may call back, and asks keepSocketAlive and reuseSocket', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    const calls: string[] = []
    const { createConnection, reuseSocket } = agent
    agent.createConnection = function (options, callback) {
      calls.push('create')
      const socket = createConnection.call(this, options)
      socket?.once('connect', () => callback?.(null, socket))
      return undefined
    }
    agent.reuseSocket = function (...given) {
      calls.push('reuse')
      reuseSocket.apply(this, given)
    }
    agent.keepSocketAlive = () => {
      calls.push('keep')
      return calls.length < 5
    }
    for (let i = 0; i < 3; i++) await ask(server.url(), { agent })
    expect(calls).toEqual(['create', 'keep', 'reuse', 'keep', 'reuse', 'keep'].slice(0, calls.length))
    expect(server.accepted).toBe(1)
    await ask(server.url(), { agent })
    expect(server.accepted).toBe(2)
  })

  it('emits keylog with the lines of its TLS sockets', async () => {
    const server = await bench.https()
    const agent = bench.agent({ ca: certificates.authority })
    const lines: string[] = []
    agent.on('keylog', (line: Buffer) => lines.push(String(line)))
    await ask(server.url(), { agent })
    expect(lines[0]).toMatch(/^(CLIENT|SERVER)_/)
  })

  it('serves as the global agent of http and https at once', async () => {
    const plain = await bench.http(echoHost)
    const secure = await bench.https(echoHost)
    const agent = bench.agent({ ca: certificates.authority })
    const before = { http: http.globalAgent, https: https.globalAgent }
    http.globalAgent = agent
    https.globalAgent = agent
    try {
      for (let i = 0; i < 2; i++) {
        expect(await ask(plain.url(), {})).toMatchObject({ text: `localhost:${plain.port}`, reused: i > 0 })
        expect(await ask(secure.url(), {})).toMatchObject({ text: `localhost:${secure.port}`, reused: i > 0 })
        expect(await ask(plain.url(), { agent })).toMatchObject({ text: `localhost:${plain.port}` })
      }
      const alone = begin(plain.url(), { agent: false })
      expect(await answerOf(alone)).toMatchObject({ text: `localhost:${plain.port}`, reused: false })
      await (alone as unknown as { agent: PooledAgent }).agent.close()
      expect(() => http.get(secure.url())).toThrow('Protocol "https:" not supported')
    } finally {
      http.globalAgent = before.http
      https.globalAgent = before.https
    }
    expect(agent.stats().opened).toBe(2)
  })

  it('emits the events of its pool while somebody listens', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    const seen: string[] = []
    const onConnect = ({ key, resource }: { key?: string; resource: { remotePort?: number | undefined } }) =>
      seen.push(`${key} ${resource.remotePort === server.port}`)
    agent.on('connect', onConnect).once('release', () => seen.push('release'))
    await ask(server.url(), { agent })
    await ask(server.url(), { agent })
    expect(seen).toEqual([`http://localhost:${server.port}: true`, 'release'])
    agent.off('connect', onConnect)
    agent.flush()
    await ask(server.url(), { agent })
    expect(seen).toHaveLength(2)
    agent.removeAllListeners().on('connect', onConnect)
    agent.flush()
    await ask(server.url(), { agent })
    expect(seen).toHaveLength(3)
  })

  it('counts by origin', async () => {
    const one = await bench.http()
    const other = await bench.http()
    const agent = bench.agent({ perKey: 1 })
    await ask(one.url(), { agent })
    const first = begin(other.url(), { agent })
    const second = begin(other.url(), { agent })
    const answers = [answerOf(first), answerOf(second)]
    await once(first, 'socket')
    expect(agent.stats()).toMatchObject({
      size: 2,
      waiting: 1,
      origins: {
        [one.origin]: { size: 1, idle: 1, connected: 0, waiting: 0 },
        [other.origin]: { size: 1, idle: 0, connected: 1, waiting: 1 },
      },
    })
    await Promise.all(answers)
  })
})

describe('ending connections of an agent', () => {
  it('flushes one origin, or all', async () => {
    const one = await bench.http()
    const other = await bench.http()
    const agent = bench.agent()
    const reused = async () => {
      const answers = [await ask(one.url(), { agent }), await ask(other.url(), { agent })]
      return answers.map((answer) => answer.reused)
    }
    await reused()
    expect(await reused()).toEqual([true, true])
    agent.flush(one.url('/whatever'))
    expect(await reused()).toEqual([false, true])
    agent.flush(new URL(other.url()))
    expect(await reused()).toEqual([true, false])
    agent.flush()
    expect(await reused()).toEqual([false, false])
    expect(() => agent.flush('localhost')).toThrow('Invalid option origin')
  })

  it('closes once the requests under way are answered, and takes no more', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    const answer = ask(server.url(), { agent })
    await once(server.server, 'request')
    const closed = agent.close()
    expect(await errorOf(begin(server.url(), { agent }))).toMatchObject({ code: 'ERR_POOL_CLOSED' })
    expect(await answer).toMatchObject({ text: 'GET /' })
    await closed
    await server.emptied()
    expect(agent.stats()).toMatchObject({ state: 'closed', size: 0 })
  })

  it('destroys requests under way and waiting ones', async () => {
    const server = await bench.http(() => {})
    const agent = bench.agent({ perKey: 1 })
    const requests = [begin(server.url(), { agent }), begin(server.url(), { agent })]
    const errors = requests.map(errorOf)
    await once(server.server, 'request')
    await agent.destroy()
    expect(await errors[0]).toMatchObject({ code: 'ECONNRESET' })
    expect(await errors[1]).toMatchObject({ code: 'ERR_POOL_CLOSED' })
    await server.emptied()
  })
})
