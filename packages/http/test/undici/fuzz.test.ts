import type net from 'node:net'
import fc from 'fast-check'
import * as undici from 'undici'
import { describe, expect, it } from 'vitest'
import { createDispatcher, type PooledDispatcher } from '../../src/undici.js'
import { broken, piecesOf } from '../agent/broken-answers.js'
import { arrived, sendBroken } from '../agent/send-broken.js'
import { TestServer } from '../agent/test-server.js'
import { expectSound, settled } from './bench-of-dispatchers.js'

async function ask(url: string, dispatcher: PooledDispatcher): Promise<string> {
  const { body } = await undici.request(url, { dispatcher })
  return body.text()
}

describe('a dispatcher, whatever a server sends', () => {
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
        const dispatcher = createDispatcher({ perKey: 1 })
        let receiver: net.Socket | undefined
        dispatcher.on('connect', (_origin, _targets, { resource }) => {
          receiver = resource.socket
        })
        if (isWarm) await ask(server.url('/warm'), dispatcher)
        const pieces = isLate
          ? [...piecesOf(message.text, cuts), Buffer.from(more)]
          : piecesOf(message.text + more, cuts)
        next = { pieces, hangsUp }
        sender = undefined
        // A server that keeps silent is the caller's affair: this one gives up soon.
        const signal = AbortSignal.timeout(40)
        await undici
          .request(server.url('/broken'), { dispatcher, signal })
          .then(({ body }) => body.text())
          .then(
            () => outcomes.answered++,
            () => outcomes.failed++,
          )
        next = undefined
        await sent
        // Bytes still on their way when the next request leaves could not be told from its answer.
        await arrived(receiver, sender)
        const { opened } = dispatcher.stats()
        for (const path of ['/one', '/two']) expect(await ask(server.url(path), dispatcher)).toBe(`answer to ${path}`)
        if (dispatcher.stats().opened === opened) {
          outcomes.reused++
          // A line's end too many is none (RFC 9112, section 2.2).
          if (message.isWhole) expect(more.trim()).toBe('')
        }
        await settled()
        expectSound(dispatcher)
        await dispatcher.close()
        expect(dispatcher.stats()).toMatchObject({ size: 0, leases: 0, waiting: 0 })
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 300), seed: Number(process.env.FUZZ_SEED ?? 1) },
    )
    // Both kinds were seen, or the test has tested nothing.
    for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(5)
    await server.emptied()
    await server.close()
  })
})
