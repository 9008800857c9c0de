import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import { answerVariously } from './answer-variously.js'
import { GuardedHttp } from './guarded-http.js'
import type { LoadReport } from './load-client.js'

const tsx = createRequire(import.meta.url).resolve('tsx')
const program = fileURLToPath(new URL('load-client.ts', import.meta.url))
const folder = fileURLToPath(new URL('../..', import.meta.url))

/** Requests that all clients together have answered before their servers have drained. */
const REQUESTS = 100_000

let child: ChildProcess | undefined

afterEach(() => {
  child?.kill()
})

it("a drain under load loses no accepted request, of 100,000 by Node's client and by undici's", {
  timeout: 180_000,
}, async () => {
  const total = { answered: 0, refused: 0, broken: 0, handled: 0, drains: 0 }
  const servers: GuardedHttp[] = []
  const next = async () => {
    const server = await GuardedHttp.start({ idle: { timeout: 1_600 }, lifetime: { maxUses: 500 } }, answerVariously())
    servers.push(server)
    return server
  }
  child = fork(program, { cwd: folder, execArgv: ['--import', tsx] })
  await once(child, 'message')
  while (total.answered < REQUESTS) {
    const server = await next()
    const kind = total.drains % 2 === 0 ? 'node' : 'undici'
    child.send({ port: server.port, kind })
    const share = Math.min(REQUESTS / 10, REQUESTS - total.answered)
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (server.handled.length < share) return
        clearInterval(look)
        resolve()
      }, 5)
    })
    const report = once(child, 'message')
    await server.guard.close()
    child.send('drained')
    const [{ answered, refused, broken }] = (await report) as [LoadReport]
    // What a client has no answer to, the server must not have read.
    expect({ kind, broken, unanswered: server.handled.length - answered }).toEqual({ kind, broken: 0, unanswered: 0 })
    total.answered += answered
    total.refused += refused
    total.handled += server.handled.length
    total.drains++
  }
  expect(total.answered).toBeGreaterThanOrEqual(REQUESTS)
  expect(total.handled).toBe(total.answered)
})
