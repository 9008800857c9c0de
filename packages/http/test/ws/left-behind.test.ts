import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { ask, exchange, WsBench } from './bench-of-ws-pools.js'

const bench = new WsBench()
afterEach(() => bench.end())

describe('what a borrower leaves behind', () => {
  it('as listeners is taken off', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const heard: string[] = []
    let before: number | undefined
    await pool.use(server.url(), async (webSocket) => {
      before = webSocket.listenerCount('message')
      webSocket.on('message', () => heard.push('on'))
      webSocket.onmessage = () => heard.push('onmessage')
      webSocket.addEventListener('close', () => heard.push('close'))
      webSocket.binaryType = 'arraybuffer'
    })
    await pool.use(server.url(), async (webSocket) => {
      expect([webSocket.listenerCount('message'), webSocket.binaryType]).toEqual([before, 'nodebuffer'])
      expect(await exchange(webSocket, 'next')).toBe('next')
    })
    await pool.close()
    expect([heard, server.accepted]).toEqual([[], 1])
  })

  it('as somebody who waits for a message has the connection closed', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const ends: unknown[] = []
    pool.on('disconnect', ({ reason, error }) => ends.push([reason, (error as Error).message]))
    await pool.use(server.url(), async (webSocket) => void webSocket.once('message', () => {}))
    await until(() => ends.length === 1)
    expect(ends).toEqual([['reset-failed', expect.stringContaining('still waited for a message')]])
    await until(() => server.goodbyes.length === 1)
    expect(server.goodbyes).toEqual(['1000'])
  })

  it('as bytes that are not written yet has it closed, once they are', async () => {
    const received: number[] = []
    const server = await bench.server((webSocket) => webSocket.on('message', (data) => received.push(`${data}`.length)))
    const pool = bench.pool()
    const ends: unknown[] = []
    pool.on('disconnect', ({ reason, error }) => ends.push([reason, (error as Error).message]))
    await pool.use(server.url(), async (webSocket) => webSocket.send('x'.repeat(20_000_000)))
    await until(() => ends.length === 1)
    expect(ends).toEqual([['reset-failed', expect.stringContaining('not written yet')]])
    await until(() => received.length === 1)
    expect([received, server.goodbyes]).toEqual([[20_000_000], ['1000']])
  })

  it('without the listeners of the pool has it closed, since nobody would hear of its end', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await pool.use(server.url(), async (webSocket) => void webSocket.removeAllListeners())
    await until(() => pool.stats().size === 0)
    expect(pool.stats().closed['reset-failed']).toBe(1)
    expect(await ask(pool, server.url())).toBe('hello')
  })

  it('as a pause is undone', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await pool.use(server.url(), async (webSocket) => {
      await exchange(webSocket, 'flowing')
      webSocket.pause()
    })
    expect(await ask(pool, server.url())).toBe('hello')
    expect(server.accepted).toBe(1)
  })

  it('as an error has the connection ended, since the answer may be on its way', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    await expect(pool.use(server.url(), () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(pool.stats().closed.destroyed).toBe(1)
    const shared = bench.pool({ concurrency: 2 })
    await expect(shared.use(server.url(), () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
    expect(shared.stats()).toMatchObject({ idle: 1 })
  })
})

describe('a message that comes while nobody has the connection', () => {
  it('has it retired, so that no borrower takes it for an answer', async () => {
    const server = await bench.server()
    const pool = bench.pool()
    const retired: unknown[] = []
    pool.on('retire', ({ reason, detail }) => retired.push([reason, detail]))
    await ask(pool, server.url())
    await until(() => pool.stats().idle === 1)
    server.clients[0]?.send('out of the blue')
    await until(() => pool.stats().size === 0)
    expect(retired).toEqual([['retired', 'a message came while nobody had it']])
    expect(await ask(pool, server.url(), 'mine')).toBe('mine')
    expect([server.accepted, server.goodbyes]).toEqual([2, ['1000']])
  })

  it('is given to `onIdleMessage`, which may keep the connection', async () => {
    const server = await bench.server()
    const told: unknown[] = []
    const pool = bench.pool({
      onIdleMessage(data, isBinary) {
        told.push([String(data), isBinary])
        return String(data) === 'heartbeat' ? 'keep' : undefined
      },
    })
    await ask(pool, server.url())
    await until(() => pool.stats().idle === 1)
    server.clients[0]?.send('heartbeat')
    await until(() => told.length === 1)
    expect(await ask(pool, server.url(), 'mine')).toBe('mine')
    expect(server.accepted).toBe(1)
    await until(() => pool.stats().idle === 1)
    server.clients[0]?.send(Buffer.from('news'))
    await until(() => pool.stats().size === 0)
    expect(told).toEqual([
      ['heartbeat', false],
      ['news', true],
    ])
  })

  it('is seen during a check as well, in the packet of its answer even', async () => {
    const server = await bench.server((webSocket) => {
      webSocket.on('ping', () => webSocket.send('in the midst of a check'))
      webSocket.on('message', (data) => webSocket.send(data))
    })
    const pool = bench.pool({ perKey: 1, health: { after: 0 } })
    await ask(pool, server.url())
    const since = performance.now()
    await until(() => pool.stats().idle === 1 && performance.now() - since > 15)
    expect(await ask(pool, server.url(), 'mine')).toBe('mine')
    expect([server.accepted, pool.stats().closed.retired]).toEqual([2, 1])
  })
})
