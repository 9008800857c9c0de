import type http from 'node:http'
import axios from 'axios'
import followRedirects from 'follow-redirects'
import got from 'got'
import fetch from 'node-fetch'
import superagent from 'superagent'
import { afterEach, describe, expect, it } from 'vitest'
import { certificates } from '../../../tcp/test/certificates.js'
import type { PooledAgent } from '../../src/index.js'
import { AgentBench } from './bench-of-agents.js'
import { answerOf } from './request.js'

const bench = new AgentBench()
afterEach(() => bench.end())

interface Client {
  get(url: string, agent: PooledAgent): Promise<string>
  post(url: string, agent: PooledAgent, body: string): Promise<string>
  /** Rejects after so many ms. */
  hurried(url: string, agent: PooledAgent, ms: number): Promise<unknown>
}

const clients: Record<string, Client> = {
  axios: {
    get: async (url, agent) => (await axios.get(url, { httpAgent: agent, httpsAgent: agent, proxy: false })).data,
    post: async (url, agent, body) =>
      (await axios.post(url, body, { httpAgent: agent, httpsAgent: agent, proxy: false })).data,
    hurried: (url, agent, timeout) => axios.get(url, { httpAgent: agent, httpsAgent: agent, proxy: false, timeout }),
  },
  got: {
    get: (url, agent) => got(url, { agent: { http: agent, https: agent }, retry: { limit: 0 } }).text(),
    post: (url, agent, body) =>
      got.post(url, { body, agent: { http: agent, https: agent }, retry: { limit: 0 } }).text(),
    hurried: (url, agent, request) =>
      got(url, { agent: { http: agent, https: agent }, retry: { limit: 0 }, timeout: { request } }).text(),
  },
  'node-fetch': {
    get: async (url, agent) => (await fetch(url, { agent })).text(),
    post: async (url, agent, body) => (await fetch(url, { agent, method: 'POST', body })).text(),
    hurried: (url, agent, ms) => fetch(url, { agent, signal: AbortSignal.timeout(ms) as never }),
  },
  superagent: {
    get: async (url, agent) => (await superagent.get(url).agent(agent)).text,
    post: async (url, agent, body) => (await superagent.post(url).agent(agent).type('text/plain').send(body)).text,
    hurried: async (url, agent, ms) => superagent.get(url).agent(agent).timeout(ms),
  },
  'follow-redirects': {
    get: async (url, agent) => (await answerOf(following(url, agent))).text,
    post: async (url, agent, body) => (await answerOf(following(url, agent, { method: 'POST' }, body))).text,
    hurried: (url, agent, timeout) =>
      new Promise((resolve, reject) => {
        const request = following(url, agent).on('response', (response) => resolve(response.resume()))
        request.setTimeout(timeout, () => request.destroy(new Error('too late'))).on('error', reject)
      }),
  },
}

function following(url: string, agent: PooledAgent, options: http.RequestOptions = {}, body?: string) {
  const { request } = url.startsWith('https:') ? followRedirects.https : followRedirects.http
  const begun = request(url, { ...options, agents: { http: agent, https: agent } } as object)
  begun.end(body)
  return begun as unknown as http.ClientRequest
}

const listener: http.RequestListener = (request, response) => {
  response.setHeader('Content-Type', 'text/plain')
  if (request.url === '/never') return
  if (request.url === '/moved') {
    response.writeHead(302, { Location: '/here' }).end()
    return
  }
  if (request.url === '/large') response.end('x'.repeat(300_000))
  else if (request.method === 'POST') request.pipe(response)
  else response.end(`hello ${request.url}`)
}

for (const [name, client] of Object.entries(clients)) {
  describe(name, () => {
    for (const scheme of ['http', 'https'] as const) {
      it(`uses one connection of the agent for request after request over ${scheme}`, async () => {
        const server = await bench[scheme](listener)
        const agent = bench.agent({ ca: certificates.authority })
        expect(await client.get(server.url('/a'), agent)).toBe('hello /a')
        expect(await client.get(server.url('/large'), agent)).toHaveLength(300_000)
        expect(await client.post(server.url('/c'), agent, 'some body')).toBe('some body')
        expect(agent.stats().acquired).toBe(3)
        expect(server.accepted).toBe(1)
        // Some destroy the answer that sends them on, and its connection with it.
        expect(await client.get(server.url('/moved'), agent)).toBe('hello /here')
        expect(agent.stats().acquired).toBe(5)
      })
    }

    it('waits its turn where the agent has a limit', async () => {
      const server = await bench.http(listener)
      const agent = bench.agent({ perKey: 2 })
      const texts = await Promise.all(Array.from({ length: 12 }, (_, i) => client.get(server.url(`/${i}`), agent)))
      expect(texts).toEqual(Array.from({ length: 12 }, (_, i) => `hello /${i}`))
      expect(server.accepted).toBeLessThanOrEqual(2)
    })

    it('gives up in time, answered too late or waiting for a connection', async () => {
      const server = await bench.http(listener)
      const agent = bench.agent({ perKey: 1 })
      const late = client.hurried(server.url('/never'), agent, 60)
      // Some count their time from the socket on.
      const waiting = client.hurried(server.url('/a'), agent, 20).catch(() => 'too late')
      await expect(late).rejects.toThrow()
      await waiting
      expect(await client.get(server.url('/after'), agent)).toBe('hello /after')
      expect(agent.stats()).toMatchObject({ leases: 0, waiting: 0 })
    })

    it('has a GET sent again when the server has closed the connection it came on', async () => {
      const server = await bench.raw((socket) => {
        let count = 0
        socket.on('data', () => {
          if (count++ > 0) socket.end()
          else socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok')
        })
      })
      const agent = bench.agent()
      for (let i = 0; i < 3; i++) expect(await client.get(server.url(), agent)).toBe('ok')
      expect(agent.stats().resent).toBe(2)
    })

    it('finds the code of the error in what it rejects with', async () => {
      const server = await bench.http(listener)
      const url = server.url()
      await server.close()
      const error = await client.get(url, bench.agent()).catch((caught) => caught)
      expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    })
  })
}
