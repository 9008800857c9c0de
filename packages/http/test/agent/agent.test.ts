import http from 'node:http'
import https from 'node:https'
import { afterEach, describe, expect, it } from 'vitest'
import { type AgentOptions, createAgent, type PooledAgent } from '../../src/index.js'
import { certificates } from './certificates.js'
import { ask } from './request.js'
import { TestServer } from './test-server.js'

const opened: { close(): Promise<void> }[] = []
function made<T extends { close(): Promise<void> }>(what: T): T {
  opened.push(what)
  return what
}
const agentWith = (options?: AgentOptions): PooledAgent => made(createAgent(options))
const greeter = (options?: http.ServerOptions) =>
  TestServer.http((request, response) => response.end(`${request.method} ${request.url}`), options).then(made)

afterEach(async () => {
  for (const what of opened.splice(0).reverse()) await what.close()
})

describe('createAgent', () => {
  it('answers requests one after the other on one connection', async () => {
    const server = await greeter()
    const agent = agentWith()
    const first = await ask(server.url('/a'), { agent })
    const second = await ask(server.url('/b'), { agent })
    expect(first).toMatchObject({ status: 200, text: 'GET /a', reused: false })
    expect(second).toMatchObject({ status: 200, text: 'GET /b', reused: true })
    expect(server.accepted).toBe(1)
  })

  it('is an http.Agent and an https.Agent', () => {
    const agent = agentWith()
    expect(agent).toBeInstanceOf(http.Agent)
    expect(agent).toBeInstanceOf(https.Agent)
  })

  it('carries http: and https: requests, each to its own server', async () => {
    const plain = await greeter()
    const secure = made(await TestServer.https((_request, response) => response.end('secret')))
    const agent = agentWith({ ca: certificates.authority })
    expect(await ask(plain.url(), { agent })).toMatchObject({ text: 'GET /' })
    expect(await ask(secure.url(), { agent })).toMatchObject({ text: 'secret', reused: false })
    expect(await ask(secure.url(), { agent })).toMatchObject({ text: 'secret', reused: true })
    expect([plain.accepted, secure.accepted]).toEqual([1, 1])
  })
})
