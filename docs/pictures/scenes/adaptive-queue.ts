import type { AcquireGroup } from '@millpond/core'
import { constant, poisson, simulate } from '@millpond/testing'
import { Buckets } from '../buckets.js'
import { compare } from '../compare.js'
import { evenly } from '../evenly.js'
import { defineScene } from '../scene.js'
import { type Point, timeChart } from '../time-chart.js'
import { watchedPool } from '../watched-pool.js'

const duration = 40_000
const rush = { from: 5_000, until: 20_000 }
const service = 10
/** ms after which nobody wants the answer any more. */
const patience = 1_000
const settings = { off: {}, on: { adaptive: true } } as const

/** Ten connections that serve 1,000 a second are asked for 2,000, by callers who leave after a second without a word. */
async function overload(acquire: AcquireGroup): Promise<{ inTime: Point[]; waits: Point[] }> {
  const inTime = new Buckets(500, duration)
  const waits = new Buckets(500, duration)
  await simulate({
    pool: watchedPool({ size: { min: 10, max: 10 }, acquire }, (pool, clock) => {
      pool.on('acquire', ({ waited }) => {
        waits.add(clock.now(), waited / 1_000)
        if (waited + service <= patience) inTime.add(clock.now())
      })
    }),
    load: [
      { arrivals: poisson({ rate: 700 }), service: constant(service) },
      { arrivals: evenly({ ...rush, rate: 1_300 }), service: constant(service) },
    ],
    duration,
  })
  return { inTime: inTime.rates(), waits: waits.means() }
}

export const adaptiveQueue = defineScene({
  name: 'adaptive-queue',
  title: 'Overload with and without the adaptive queue',
  description:
    'Requests answered within a second, at twice the load that ten connections can do. Without the adaptive queue that ' +
    'number falls to nothing and stays there long after the overload; with it, it stays at what the connections can do.',
  find: () => compare(settings, overload),
  show({ off, on }) {
    const band = { from: rush.from / 1_000, until: rush.until / 1_000, name: 'overload' }
    return timeChart(
      [
        { name: 'adaptive: true', colour: 'blue' },
        { name: 'off', colour: 'orange', dashed: true },
      ],
      [
        { title: 'Answered in time, requests a second', points: [on.inTime, off.inTime], band },
        { title: 'Wait of those served, s (mean)', points: [on.waits, off.waits], band },
      ],
    )
  },
})
