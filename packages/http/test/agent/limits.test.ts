import { once } from 'node:events'
import type http from 'node:http'
import { virtualClock } from '@millpond/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { AgentBench } from './bench-of-agents.js'
import { answerOf, ask, begin, errorOf } from './request.js'

const bench = new AgentBench()
afterEach(() => bench.end())

/** A server that answers when told, in the order of the requests. */
async function holding() {
  const held: http.ServerResponse[] = []
  const server = await bench.http((_request, response) => {
    held.push(response)
  })
  const next = async () => {
    while (held.length === 0) await once(server.server, 'request')
    return held.shift() as http.ServerResponse
  }
  return { server, held, next }
}

describe('the limits of an agent', () => {
  it('hold for the connections of one origin', async () => {
    const { server, held, next } = await holding()
    const agent = bench.agent({ perKey: 3, connect: { growth: 'eager' } })
    const answers = Promise.all(Array.from({ length: 9 }, () => ask(server.url(), { agent })))
    const first = [await next(), await next(), await next()]
    expect(held).toHaveLength(0)
    expect(agent.stats()).toMatchObject({ size: 3, connected: 3, waiting: 6 })
    for (const response of first) response.end()
    for (let i = 3; i < 9; i++) (await next()).end()
    await answers
    expect(server.accepted).toBe(3)
  })

  it('hold for all connections together, and an idle one of another origin makes room', async () => {
    const servers = await Promise.all([bench.http(), bench.http(), bench.http()])
    const agent = bench.agent({ total: 2 })
    for (const server of [...servers, ...servers]) {
      expect(await ask(server.url(), { agent })).toMatchObject({ status: 200 })
      expect(agent.stats().size).toBeLessThanOrEqual(2)
    }
    expect(agent.stats().closed.surplus).toBeGreaterThan(0)
  })

  it('serve the waiting requests of one origin in their order', async () => {
    const { server, next } = await holding()
    const agent = bench.agent({ perKey: 1 })
    const done: string[] = []
    const answers = ['a', 'b', 'c'].map((path) => ask(server.url(`/${path}`), { agent }).then(() => done.push(path)))
    for (const path of ['/a', '/b', '/c']) {
      const response = await next()
      expect(response.req.url).toBe(path)
      response.end()
    }
    await Promise.all(answers)
    expect(done).toEqual(['a', 'b', 'c'])
  })

  it('let the request of a quiet origin in while a busy one always has more', async () => {
    const busy = await bench.http((_request, response) => setImmediate(() => response.end()))
    const quiet = await bench.http()
    const agent = bench.agent({ total: 2 })
    let isDone = false
    const worker = async () => {
      while (!isDone) await ask(busy.url(), { agent })
    }
    const crowd = Array.from({ length: 20 }, worker)
    await once(busy.server, 'request')
    for (let i = 0; i < 5; i++) expect(await ask(quiet.url(), { agent })).toMatchObject({ status: 200 })
    isDone = true
    await Promise.all(crowd)
  })

  it('fail a request that finds the queue full', async () => {
    const { server, next } = await holding()
    const agent = bench.agent({ perKey: 1, acquire: { maxWaiting: 1 } })
    const answers = [ask(server.url(), { agent })]
    const response = await next()
    answers.push(ask(server.url(), { agent }))
    expect(await errorOf(begin(server.url(), { agent }))).toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' })
    response.end()
    ;(await next()).end()
    await Promise.all(answers)
  })

  it('fail a request that has waited for acquire.timeout', async () => {
    const { server, next } = await holding()
    const clock = virtualClock()
    const agent = bench.agent({ perKey: 1, acquire: { timeout: 1_000 }, clock })
    const answer = ask(server.url(), { agent })
    const response = await next()
    const error = errorOf(begin(server.url(), { agent }))
    await clock.advance(1_000)
    expect(await error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' })
    response.end()
    await answer
  })
})

describe('a waiting request', () => {
  it('fails at once when it is destroyed, and its place is the next one’s', async () => {
    const { server, next } = await holding()
    const agent = bench.agent({ perKey: 1 })
    const first = ask(server.url('/first'), { agent })
    const response = await next()
    const second = begin(server.url('/second'), { agent })
    const third = ask(server.url('/third'), { agent })
    const failed = errorOf(second)
    const closed = new Promise((resolve) => second.on('close', resolve))
    const reason = new Error('no longer wanted')
    second.destroy(reason)
    expect(second.destroyed).toBe(true)
    expect(await failed).toBe(reason)
    await closed
    expect(agent.stats().waiting).toBe(1)
    expect(agent.stats().aborted).toBe(1)
    response.end()
    const after = await next()
    expect(after.req.url).toBe('/third')
    after.end()
    await Promise.all([first, third])
  })

  it('fails at once when its signal aborts', async () => {
    const { server, next } = await holding()
    const agent = bench.agent({ perKey: 1 })
    const first = ask(server.url(), { agent })
    const response = await next()
    const abort = new AbortController()
    const second = errorOf(begin(server.url(), { agent, signal: abort.signal }))
    abort.abort()
    expect(await second).toMatchObject({ name: 'AbortError' })
    expect(agent.stats().waiting).toBe(0)
    response.end()
    await first
  })

  it('tells of its end as Node does when abort() is called', async () => {
    const { server, next } = await holding()
    const agent = bench.agent({ perKey: 1 })
    const first = ask(server.url(), { agent })
    const response = await next()
    const second = begin(server.url(), { agent })
    const events: string[] = []
    for (const event of ['abort', 'close']) second.on(event, () => events.push(event))
    second.on('error', (error: NodeJS.ErrnoException) => events.push(`${error.code}`))
    const closed = new Promise((resolve) => second.on('close', resolve))
    second.abort()
    await closed
    expect(events).toEqual(['abort', 'close'])
    response.end()
    await first
  })

  it('emits timeout after its timeout though it has no socket yet, and not once it has', async () => {
    const { server, next } = await holding()
    const agent = bench.agent({ perKey: 1 })
    const first = ask(server.url(), { agent })
    const response = await next()
    const second = begin(server.url(), { agent, timeout: 20 })
    await once(second, 'timeout')
    const failed = errorOf(second)
    second.destroy()
    expect(await failed).toMatchObject({ code: 'ECONNRESET' })
    response.end()
    await first
  })

  it('leaves the connection clean when it was destroyed just after it got one', async () => {
    const server = await bench.http()
    const agent = bench.agent()
    await ask(server.url(), { agent })
    const request = begin(server.url('/never'), { agent })
    const failed = errorOf(request)
    request.destroy()
    await failed
    expect(await ask(server.url('/next'), { agent })).toMatchObject({ text: 'GET /next', reused: true })
    expect(server.accepted).toBe(1)
  })

  it('is answered like any other after it has waited', async () => {
    const server = await bench.http((request, response) => request.pipe(response))
    const agent = bench.agent({ perKey: 1 })
    const requests = Array.from({ length: 20 }, (_, i) => begin(server.url(), { agent, method: 'POST' }, `body ${i}`))
    const answers = await Promise.all(requests.map(answerOf))
    expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, i) => `body ${i}`))
    expect(answers.filter(({ reused }) => !reused)).toHaveLength(1)
  })
})
