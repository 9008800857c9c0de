import type net from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAgent } from '../../src/index.js'
import { broken, piecesOf } from './broken-answers.js'
import { answerOf, ask, begin } from './request.js'
import { arrived, sendBroken } from './send-broken.js'
import { TestServer } from './test-server.js'

describe('an agent, whatever a server sends', () => {
  it('has each request end, and never gives one the answer to another', { timeout: 60_000 }, async () => {
    let sent: Promise<void> = Promise.resolve()
    let sender: net.Socket | undefined
    let next: { pieces: Buffer[]; hangsUp: boolean } | undefined
    const server = await TestServer.raw((socket) => {
      socket.on('data', (data) => {
        const [, path] = String(data).split(' ')
        if (next !== undefined) {
          sender = socket
          sent = sendBroken(socket, next.pieces, next.hangsUp)
          next = undefined
          return
        }
        const text = `answer to ${path}`
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`)
      })
    })

    const outcomes = { answered: 0, failed: 0, reused: 0 }
    await fc.assert(
      fc.asyncProperty(broken, fc.boolean(), async ({ message, more, isLate, cuts, hangsUp }, isWarm) => {
        const agent = createAgent({ perKey: 1 })
        if (isWarm) await ask(server.url('/warm'), { agent })
        const pieces = isLate
          ? [...piecesOf(message.text, cuts), Buffer.from(more)]
          : piecesOf(message.text + more, cuts)
        next = { pieces, hangsUp }
        sender = undefined
        // A server that keeps silent is the caller's affair: this one gives up soon.
        const request = begin(server.url('/broken'), { agent, timeout: 40 })
        request.on('timeout', () => request.destroy())
        let receiver: net.Socket | undefined
        request.once('socket', (socket) => {
          receiver = socket
        })
        await answerOf(request).then(
          () => outcomes.answered++,
          () => outcomes.failed++,
        )
        next = undefined
        await sent
        // Bytes still on their way when the next request leaves could not be told from its answer.
        await arrived(receiver, sender)
        for (const path of ['/one', '/two']) {
          const answer = await ask(server.url(path), { agent })
          expect(answer.text).toBe(`answer to ${path}`)
          if (path === '/two' || !answer.reused) continue
          outcomes.reused++
          // A line's end too many is none (RFC 9112, section 2.2).
          if (message.isWhole) expect(more.trim()).toBe('')
        }
        await agent.close()
        expect(agent.stats()).toMatchObject({ size: 0, leases: 0, waiting: 0 })
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 300), seed: Number(process.env.FUZZ_SEED ?? 1) },
    )
    // Both kinds were seen, or the test has tested nothing.
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(5)
    await server.emptied()
    await server.close()
  })
})
