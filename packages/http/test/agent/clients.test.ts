import type http from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { certificates } from '../../../tcp/test/certificates.js'
import { agentClients } from './agent-clients.js'
import { AgentBench } from './bench-of-agents.js'

const bench = new AgentBench()
afterEach(() => bench.end())

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

for (const [name, client] of Object.entries(agentClients)) {
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
