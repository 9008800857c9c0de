import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import type { Http2Pool } from '../../src/http2.js'
import { ask, Http2Bench } from './bench-of-pools.js'

const bench = new Http2Bench()
afterEach(() => bench.end())

type Proxy = Awaited<ReturnType<typeof bench.proxy>>

/** What the network may do, and stops doing. */
const troubles: Readonly<Record<string, (proxy: Proxy) => void>> = {
  cut: (proxy) => void proxy.killAll(),
  freeze: (proxy) => {
    proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
    proxy.add({ type: 'timeout', stream: 'downstream', timeout: 0 })
  },
  down: (proxy) => void proxy.add({ type: 'down' }),
  slow: (proxy) => void proxy.add({ type: 'latency', stream: 'downstream', latency: 20, jitter: 20 }),
  slices: (proxy) => void proxy.add({ type: 'slicer', stream: 'downstream', averageSize: 5 }),
  short: (proxy) => void proxy.add({ type: 'limit_data', stream: 'downstream', bytes: 300 }),
}

/** stats() is what connections() shows (invariant 10). */
function recount(pool: Http2Pool): void {
  const { connecting, connected, idle, closing, size, leases } = pool.stats()
  const connections = [...pool.connections()]
  const count = (state: string) => connections.filter((one) => one.state.startsWith(state)).length
  expect({ connecting, connected, idle, closing, size, leases }).toEqual({
    connecting: count('connecting'),
    connected: count('connected'),
    idle: count('idle'),
    closing: count('closing'),
    size: connections.length,
    leases: connections.reduce((sum, one) => sum + one.leases, 0),
  })
}

it('whatever the network does, every request settles, the books are right, and what comes after is answered', {
  timeout: 60_000,
}, async () => {
  const anyTrouble = fc.tuple(fc.constantFrom(...Object.keys(troubles)), fc.nat(120))
  await fc.assert(
    fc.asyncProperty(fc.array(anyTrouble, { minLength: 1, maxLength: 4 }), async (program) => {
      const server = await bench.server(undefined, { settings: { maxConcurrentStreams: 4 } })
      const proxy = await bench.proxy(server)
      const url = `http://localhost:${proxy.port}/`
      const pool = bench.pool({
        perKey: 3,
        ping: { every: 40, timeout: 40 },
        health: { after: 0, timeout: 40 },
        connect: { timeout: 100, retry: true, backoff: { initialDelay: 5, maxDelay: 20 } },
        close: { timeout: 100 },
      })
      let isOver = false
      const worker = async (n: number) => {
        while (!isOver) {
          await ask(pool, url, n % 3 === 0 ? { timeout: 500, method: 'POST', body: 'x' } : { timeout: 500 }).catch(
            () => {},
          )
          recount(pool)
        }
      }
      const workers = Promise.all(Array.from({ length: 12 }, (_, n) => worker(n)))
      for (const [name, ms] of program) {
        troubles[name]?.(proxy)
        const since = performance.now()
        await until(() => performance.now() - since >= ms)
        await proxy.reset()
      }
      isOver = true
      await workers
      expect(await ask(pool, url, { timeout: 3_000 })).toBe('200 GET /')
      await pool.close({ timeout: 500 })
      expect([pool.stats().size, pool.stats().leases]).toEqual([0, 0])
      await until(() => server.openCount === 0)
    }),
    { numRuns: 25 },
  )
})
