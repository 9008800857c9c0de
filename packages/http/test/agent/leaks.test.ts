import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chaosProxy } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { countingClock, openSockets } from '../leak-counts.js'
import { AgentBench } from './bench-of-agents.js'
import { ask, begin, errorOf } from './request.js'

const bench = new AgentBench()
afterEach(() => bench.end())

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('idle-process.ts', import.meta.url))
const folder = fileURLToPath(new URL('../..', import.meta.url))

describe('an agent that is closed', () => {
  it('leaves no socket and no timer', async () => {
    const before = openSockets()
    const clock = countingClock()
    const server = await bench.http((_request, response) => {
      response.setHeader('Keep-Alive', 'timeout=30')
      response.end('ok')
    })
    const agent = bench.agent({ perKey: 5, clock })
    await Promise.all(Array.from({ length: 20 }, () => ask(server.url(), { agent, timeout: 5_000 })))
    expect(clock.timers.size).toBeGreaterThan(0)
    await agent.close()
    await server.emptied()
    expect(openSockets()).toBe(before)
    expect(clock.timers.size).toBe(0)
  })

  it('knows nothing any more of the origins it was used for', async () => {
    const servers = await Promise.all(Array.from({ length: 5 }, () => bench.http()))
    const agent = bench.agent()
    for (const server of servers) await ask(server.url(), { agent })
    expect(Object.keys(agent.stats().origins)).toHaveLength(5)
    agent.flush()
    await Promise.all(servers.map((server) => server.emptied()))
    await new Promise(setImmediate)
    expect(agent.stats()).toMatchObject({ keys: 0, size: 0, origins: {} })
  })
})

describe('a process', () => {
  it('whose agent has idle connections only ends by itself', { timeout: 30_000 }, async () => {
    const server = await bench.http((_request, response) => {
      response.setHeader('Keep-Alive', 'timeout=300')
      response.end('ok')
    })
    // From the package's folder: tsx takes the paths of the packages from its tsconfig.json.
    const child = spawn(process.execPath, ['--import', tsx, program, server.url()], { cwd: folder, stdio: 'inherit' })
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

describe('behind a network that fails, an agent', () => {
  it('has connections that are reset while idle replaced, with no request failing', async () => {
    const server = await bench.http()
    const proxy = await chaosProxy({ target: { port: server.port } })
    const agent = bench.agent()
    const url = `http://127.0.0.1:${proxy.port}/`
    for (let i = 0; i < 5; i++) {
      expect(await ask(url, { agent })).toMatchObject({ text: 'GET /' })
      // At once, so that the next request meets the reset on its way.
      proxy.killAll()
    }
    await agent.close()
    await proxy.close()
  })

  it('gives the request whose answer is cut off an error, and the next one a fresh connection', async () => {
    const server = await bench.http((_request, response) => response.end('x'.repeat(10_000)))
    const proxy = await chaosProxy({ target: { port: server.port } })
    const agent = bench.agent({ perKey: 1 })
    const url = `http://127.0.0.1:${proxy.port}/`
    const cut = proxy.add({ type: 'limit_data', stream: 'downstream', bytes: 2_000 })
    await expect(ask(url, { agent })).rejects.toMatchObject({ code: 'ECONNRESET' })
    await cut.remove()
    expect(await ask(url, { agent })).toMatchObject({ reused: false })
    await agent.close()
    await proxy.close()
  })

  it('ends a request whose answer never comes by the timeout of the agent', async () => {
    const server = await bench.http()
    const proxy = await chaosProxy({ target: { port: server.port } })
    const agent = bench.agent({ timeout: 50 })
    const url = `http://127.0.0.1:${proxy.port}/`
    await ask(url, { agent })
    const hole = proxy.add({ type: 'timeout', timeout: 0 })
    const request = begin(url, { agent })
    request.on('timeout', () => request.destroy())
    expect(await errorOf(request)).toMatchObject({ message: 'socket hang up' })
    await hole.remove()
    expect(await ask(url, { agent })).toMatchObject({ text: 'GET /', reused: false })
    await agent.close()
    await proxy.close()
  })
})
