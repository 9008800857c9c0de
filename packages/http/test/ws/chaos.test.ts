import { once } from 'node:events'
import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { until } from '../../../tcp/test/until.js'
import { ask, WsBench } from './bench-of-ws-pools.js'

const bench = new WsBench()
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
  slices: (proxy) => void proxy.add({ type: 'slicer', stream: 'downstream', averageSize: 3 }),
  short: (proxy) => void proxy.add({ type: 'limit_data', stream: 'downstream', bytes: 200 }),
}

it('whatever the network does, every lease ends with its own answer or an error, and what comes after is answered', {
  timeout: 60_000,
}, async () => {
  const anyTrouble = fc.tuple(fc.constantFrom(...Object.keys(troubles)), fc.nat(120))
  await fc.assert(
    fc.asyncProperty(fc.array(anyTrouble, { minLength: 1, maxLength: 4 }), async (program) => {
      const server = await bench.server()
      const proxy = await bench.proxy(server)
      const url = `ws://localhost:${proxy.port}/`
      const pool = bench.pool({
        perKey: 3,
        acquire: { timeout: 2_000 },
        ping: { every: 40, timeout: 40 },
        health: { after: 0, timeout: 40 },
        connect: { timeout: 100, retry: true, backoff: { initialDelay: 5, maxDelay: 20 } },
        close: { timeout: 100 },
      })
      const wrong: string[] = []
      let isOver = false
      let asked = 0
      const worker = async () => {
        while (!isOver) {
          const question = `question ${++asked}`
          const exchange = pool.use(url, async (webSocket, { signal }) => {
            webSocket.send(question)
            const [answer] = await once(webSocket, 'message', { signal })
            if (String(answer) !== question) wrong.push(`${question}: ${answer}`)
          })
          await exchange.catch(() => {})
          const { connecting, connected, idle, closing, size } = pool.stats()
          expect([connecting + connected + idle + closing, [...pool.connections()].length]).toEqual([size, size])
        }
      }
      const workers = Promise.all(Array.from({ length: 8 }, worker))
      for (const [name, ms] of program) {
        troubles[name]?.(proxy)
        const since = performance.now()
        await until(() => performance.now() - since >= ms)
        await proxy.reset()
      }
      isOver = true
      await workers
      expect([await ask(pool, url), wrong]).toEqual(['hello', []])
      await pool.close({ timeout: 500 })
      expect([pool.stats().size, pool.stats().leases]).toEqual([0, 0])
      await until(() => server.openCount === 0)
    }),
    { numRuns: 25 },
  )
})
