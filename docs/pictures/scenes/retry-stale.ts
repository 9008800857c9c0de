import { type Clock, createPool, type Lease, type Pool, retryStale as retried } from '@millpond/core'
import { type SimulatedResource, simulatedAdapter, virtualClock } from '@millpond/testing'
import { barChart } from '../bar-chart.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'

/** The far end closes what has rested for 1 s, just when a request is on its way; one request in fifty meets that. */
const ONE_IN = 50
const REQUESTS = 5_000

type Send = (pool: Pool<SimulatedResource>, request: Exchange) => Promise<unknown>
type Exchange = (resource: SimulatedResource, lease: Lease<SimulatedResource>) => Promise<void>

const settings = {
  use: (pool, exchange) => pool.use(exchange),
  retryStale: (pool, exchange) => retried(pool, exchange),
} satisfies Record<string, Send>

/** Requests one after the other, and how many of their callers saw a failure. */
async function callers(send: Send): Promise<{ failed: number; opened: number }> {
  const clock = virtualClock(0, { timersPerTurn: 64 })
  const adapter = { ...simulatedAdapter({ connect: 5, clock }), isFatal: () => true }
  const pool = createPool<SimulatedResource>(adapter, { clock })
  let failed = 0
  for (let n = 0; n < REQUESTS; n++) {
    const request = send(pool, exchangeOf(n, clock)).catch(() => failed++)
    await clock.advance(20)
    await request
  }
  const { opened } = pool.stats()
  const closed = pool.close()
  await clock.runUntilIdle()
  await closed
  return { failed, opened }
}

/** Takes 5 ms. The n-th finds at once that its connection has been closed, unless that is new. */
function exchangeOf(n: number, clock: Clock): Exchange {
  return async (resource, lease) => {
    if (n % ONE_IN === ONE_IN - 1 && lease.reused) resource.lose('none')
    await new Promise<void>((resolve) => clock.setTimeout(resolve, 5))
    if (resource.state !== 'open') throw new Error('socket hang up')
  }
}

export const retryStale = defineScene({
  name: 'retry-stale',
  title: 'Requests that meet a connection being closed',
  description:
    'Of 5,000 requests one in fifty is sent on a connection that the far end closes at that moment. With pool.use each of ' +
    'those fails; with retryStale none does.',
  find: () => compare(settings, callers),
  show({ use, retryStale }) {
    const found = [use, retryStale]
    return barChart(
      [
        { name: 'pool.use', colour: 'orange' },
        { name: 'retryStale', colour: 'blue' },
      ],
      [
        { title: 'Callers of 5,000 that saw a failure', values: found.map(({ failed }) => failed) },
        { title: 'Connections opened', values: found.map(({ opened }) => opened) },
      ],
    )
  },
})
