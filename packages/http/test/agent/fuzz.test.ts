import type net from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAgent } from '../../src/index.js'
import { answerOf, ask, begin } from './request.js'
import { TestServer } from './test-server.js'

const body = fc.string({ maxLength: 40 })
const oneHeader = fc.oneof(
  fc.nat(60).map((length) => `Content-Length: ${length}`),
  fc.constantFrom(
    'Content-Length: -1',
    'Content-Length: 5, 5',
    'Content-Length: 5, 6',
    'Content-Length: 0x10',
    'Content-Length: 99999999999999999999',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding : chunked',
    'Connection: keep-alive',
    'Connection: close',
    'Connection: Upgrade\r\nUpgrade: nothing',
    'Keep-Alive: timeout=5, max=2',
    'Keep-Alive: timeout=, max=x',
    'Trailer: X-After',
    ' folded: line',
    'no colon',
    'Bad\u0000Name: x',
    ': no name',
    `X-Large: ${'x'.repeat(20_000)}`,
  ),
  fc.string({ maxLength: 20 }),
)
const statusLine = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('HTTP/1.1 200 OK', 'HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified') },
  fc.constantFrom('HTTP/1.0 200 OK', 'HTTP/1.1 100 Continue', 'HTTP/1.1 101 Switching', 'HTTP/1.1 199 Whatever'),
  fc.constantFrom('HTTP/1.1 abc OK', 'HTTP/9.9 200 OK', 'HTTQ/1.1 200 OK', '200 OK', '', 'HTTP/1.1 200 O\rK'),
  fc.string({ maxLength: 20 }),
)
const payload = fc.oneof(
  body,
  fc.constantFrom(
    '0\r\n\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    '5\r\nhello\r\n',
    '5\r\nhel',
    'zz\r\nhello\r\n0\r\n\r\n',
    'ffffffffffffffff1\r\n',
  ),
)
const extra = fc.constantFrom(
  '',
  '',
  '',
  '\r\n',
  'HTTP/1.1',
  'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged',
  'garbage',
)

const malformed = fc
  .tuple(statusLine, fc.array(oneHeader, { maxLength: 4 }), payload)
  .map(([status, headers, content]) => [status, ...headers, '', content].join('\r\n'))
const wellFormed = body.map((text) => {
  const length = Buffer.byteLength(text, 'latin1')
  return `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${text}`
})

/** What a broken server sends, in which pieces, and whether it hangs up then. */
const broken = fc.record({
  message: fc.oneof(
    { weight: 3, arbitrary: malformed.map((text) => ({ text, isWhole: false })) },
    wellFormed.map((text) => ({ text, isWhole: true })),
  ),
  more: extra,
  /** More comes a turn after the message. */
  isLate: fc.boolean(),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
  hangsUp: fc.boolean(),
})

function piecesOf(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  const at = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).toSorted((a, b) => a - b), bytes.length]
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end))
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function sendBroken(socket: net.Socket, pieces: readonly Buffer[], hangsUp: boolean): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    socket.write(piece)
    await turn()
  }
  if (hangsUp) socket.end()
}

async function arrived(receiver: net.Socket | undefined, sender: net.Socket | undefined): Promise<void> {
  if (receiver === undefined || sender === undefined) return
  while (!receiver.destroyed && receiver.bytesRead < sender.bytesWritten) await turn()
}

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
