import net from 'node:net'
import { createPool, type Pool, type PoolOptions } from '@millpond/core'
import { type ChaosProxy, chaosProxy, type VirtualClock, virtualClock } from '@millpond/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lines, TcpReadTimeoutError, type TcpTimeouts, TcpWriteTimeoutError, tcp } from '../src/index.js'
import { answerTo, LineServer } from './line-protocol.js'
import { settled, until } from './until.js'

// The server and the sockets are real. Time is virtual, for the pool, the sockets' timeouts and the proxy's toxics alike.
let server: LineServer
let proxy: ChaosProxy
let clock: VirtualClock
let pool: Pool<net.Socket>
let ended: { id: number; reason: string; error: unknown; at: number }[]

beforeEach(async () => {
  server = await LineServer.start()
  clock = virtualClock()
  proxy = await chaosProxy({ target: server.port, clock, seed: 5 })
})

afterEach(async () => {
  await pool.destroy()
  await proxy.close()
  expect(clock.pending).toBe(0)
  await until(() => server.openCount === 0)
  await server.close()
})

function start(timeouts: TcpTimeouts, options: PoolOptions<net.Socket> = {}): void {
  pool = createPool(tcp({ host: proxy.host, port: proxy.port }, { timeouts, clock }), { clock, ...options })
  ended = []
  pool.on('disconnect', ({ connection, reason, error }) => {
    ended.push({ id: connection.id, reason, error, at: clock.now() })
  })
}

const exchange = (line: string) => pool.use((socket) => lines(socket, { maxLength: 1_000_000 }).request(line))

describe('a read timeout', () => {
  it.each(['upstream', 'downstream'] as const)(
    'frees the borrower from a blackhole %s, and the next one has a connection that works',
    async (stream) => {
      start({ read: 2_000 }, { size: { max: 1 } })
      expect(await exchange('hello')).toBe(answerTo('hello'))
      const hole = proxy.add({ type: 'timeout', timeout: 0, stream })
      const asking = exchange('are you there').catch((error: unknown) => error)
      await settled()
      await clock.advance(1_999)
      expect(ended).toEqual([])
      await clock.advance(1)
      const error = await asking
      expect(error).toBeInstanceOf(TcpReadTimeoutError)
      expect(ended).toMatchObject([{ id: 1, reason: 'lost', error, at: 2_000 }])
      await hole.remove()
      expect(await exchange('and you')).toBe(answerTo('and you'))
    },
  )

  it('is not met by answers that are slow but come, nor by pauses in their midst that are shorter', async () => {
    start({ read: 2_000 }, { size: { max: 1 } })
    const question = 'x'.repeat(20)
    proxy.add({ type: 'latency', latency: 1_900 })
    proxy.add({ type: 'slicer', averageSize: 4, delay: 1_900 })
    let answer: string | undefined
    const asking = exchange(question).then((line) => {
      answer = line
    })
    while (answer === undefined) {
      await settled()
      await clock.advance(100)
    }
    await asking
    expect(answer).toBe(answerTo(question))
    expect(clock.now()).toBeGreaterThan(8_000)
    expect(ended).toEqual([])
  })

  it('frees the borrower of an answer that stops in its midst', async () => {
    start({ read: 2_000 }, { size: { max: 1 } })
    const slow = proxy.add({ type: 'slicer', averageSize: 4, delay: 60_000 })
    const asking = exchange('a question').catch((error: unknown) => error)
    await settled()
    await clock.advance(0)
    await settled()
    await clock.advance(2_000)
    expect(await asking).toBeInstanceOf(TcpReadTimeoutError)
    await slow.remove()
    expect(await exchange('and you')).toBe(answerTo('and you'))
  })

  it('fails a health check that nobody answers, before the check’s own time is over', async () => {
    const adapter = tcp({ host: proxy.host, port: proxy.port }, { timeouts: { read: 500 }, clock })
    start({})
    await pool.destroy()
    pool = createPool(
      { ...adapter, check: async (socket, { signal }) => void (await lines(socket).request('ping', { signal })) },
      { clock, health: { timeout: 5_000 }, size: { max: 1 } },
    )
    pool.on('disconnect', ({ connection, reason, error }) => {
      ended.push({ id: connection.id, reason, error, at: clock.now() })
    })
    await exchange('hello')
    await clock.advance(1_000)
    const hole = proxy.add({ type: 'timeout', timeout: 0 })
    const acquiring = pool.acquire()
    await settled()
    await clock.advance(500)
    const lease = await acquiring
    expect(lease.connection.id).toBe(2)
    expect(ended).toMatchObject([{ id: 1, at: 1_500 }])
    await hole.remove()
    lease.release()
  })

  it('never strikes while traffic flows over a bad line', async () => {
    start({ read: 1_000, write: 1_000 }, { size: { max: 4 }, connect: { growth: 'eager' } })
    proxy.add({ type: 'latency', latency: 20, jitter: 20 })
    proxy.add({ type: 'slicer', averageSize: 50, sizeVariation: 49, delay: 2 })
    const questions = Array.from({ length: 60 }, (_, n) => `${n}`.repeat(1 + ((n * 37) % 200)))
    let answers: string[] | undefined
    const asking = Promise.all(questions.map(exchange)).then((all) => {
      answers = all
    })
    while (answers === undefined) {
      await settled()
      await clock.advance(1)
    }
    await asking
    expect(answers).toEqual(questions.map(answerTo))
    expect(ended).toEqual([])
  })
})

describe('a write timeout', () => {
  const large = Buffer.alloc(48_000_000, 'x'.repeat(99_999).concat('\n'))

  it('frees the borrower from a peer that takes nothing, as slow as the proxy makes it', async () => {
    start({ write: 3_000 }, { size: { max: 1 }, close: { timeout: 100 } })
    // 1 kB a second, while the kernel and the proxy hold megabytes: for the sender nothing moves.
    const slow = proxy.add({ type: 'bandwidth', rate: 1, stream: 'upstream' })
    const writing = pool
      .use((socket) => new Promise((resolve, reject) => socket.on('error', reject).write(large, resolve)))
      .catch((error: unknown) => error)
    await settled()
    for (let n = 0; n < 8 && ended.length === 0; n++) {
      await settled()
      await clock.advance(750)
    }
    expect(await writing).toBeInstanceOf(TcpWriteTimeoutError)
    expect(ended).toMatchObject([{ id: 1, reason: 'lost', error: { code: 'ERR_TCP_WRITE_TIMEOUT' } }])
    await slow.remove()
    expect(await exchange('and you')).toBe(answerTo('and you'))
  })

  it('frees the borrower from a server that has stopped reading, over the plain kernel', async () => {
    const deaf = net.createServer({ pauseOnConnect: true }, (socket) => socket.on('error', () => {}))
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
    const { port } = deaf.address() as net.AddressInfo
    pool = createPool(tcp({ host: '127.0.0.1', port }, { timeouts: { write: 100 } }))
    const error = await pool
      .use((socket) => new Promise((resolve, reject) => socket.on('error', reject).write(large, resolve)))
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ name: 'TcpWriteTimeoutError', timeout: 100, unsent: large.length })
    await pool.close()
    deaf.close()
  })
})
