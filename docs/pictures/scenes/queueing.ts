import type { AcquireGroup } from '@millpond/core'
import { constant, poisson, type SimulationReport, simulate } from '@millpond/testing'
import { Buckets } from '../buckets.js'
import { compare } from '../compare.js'
import { evenly } from '../evenly.js'
import { defineScene } from '../scene.js'
import { type Point, timeChart } from '../time-chart.js'
import { watchedPool } from '../watched-pool.js'

const duration = 15_000
const rush = { from: 2_000, until: 8_000 }
const settings = { fifo: {}, lifo: { order: 'lifo' }, bounded: { maxWaiting: 50 } } as const

/** Ten connections that serve 1,000 a second are asked for 1,400 a second, by callers who leave after a second. */
async function rushHour(acquire: AcquireGroup): Promise<{ report: SimulationReport; waits: Point[]; lost: Point[] }> {
  const waits = new Buckets(200, duration)
  const lost = new Buckets(200, duration)
  const report = await simulate({
    pool: watchedPool({ size: { min: 10, max: 10 }, acquire }, (pool, clock) => {
      pool.on('acquire', ({ waited }) => waits.add(clock.now(), waited))
      pool.on('acquireError', () => lost.add(clock.now()))
    }),
    load: [
      { arrivals: poisson({ rate: 700 }), service: constant(10), patience: 1_000 },
      { arrivals: evenly({ ...rush, rate: 700 }), service: constant(10), patience: 1_000 },
    ],
    duration,
  })
  return { report, waits: waits.means(), lost: lost.rates() }
}

export const queueing = defineScene({
  name: 'queueing',
  title: 'First in first out, last in first out, and a bounded queue',
  description:
    'Six seconds of overload. First in first out, everybody who is served has waited a second. Last in first out, those ' +
    'served have hardly waited. With at most 50 waiting, the wait stays at 50 ms. About as many go away unserved each way.',
  find: () => compare(settings, rushHour),
  show({ fifo, lifo, bounded }) {
    const found = [fifo, lifo, bounded]
    const band = { from: rush.from / 1_000, until: rush.until / 1_000, name: 'overload' }
    return timeChart(
      [
        { name: "order: 'fifo'", colour: 'orange', dashed: true },
        { name: "order: 'lifo'", colour: 'blue' },
        { name: 'maxWaiting: 50', colour: 'green' },
      ],
      [
        { title: 'Wait of those served, ms (mean)', points: found.map(({ waits }) => waits), band },
        { title: 'Requests a second that went unserved', points: found.map(({ lost }) => lost), band },
      ],
    )
  },
})
