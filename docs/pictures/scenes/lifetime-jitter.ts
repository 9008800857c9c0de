import { closed, constant, simulate } from '@millpond/testing'
import { Buckets } from '../buckets.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'
import { type Point, timeChart } from '../time-chart.js'
import { watchedPool } from '../watched-pool.js'

const duration = 240_000
const settings = { none: 0, wide: 0.3 } as const

/** Twenty connections that were opened together live for a minute. */
async function minutes(jitter: number): Promise<{ opens: Point[]; waits: Point[] }> {
  const opens = new Buckets(2_000, duration)
  const waits = new Buckets(2_000, duration)
  await simulate({
    pool: watchedPool({ size: { min: 20, max: 20 }, lifetime: { maxAge: 60_000, jitter } }, (pool, clock) => {
      pool.on('connecting', () => opens.add(clock.now()))
      pool.on('acquire', ({ waited }) => waits.add(clock.now(), waited))
    }),
    adapter: { connect: 300 },
    load: { arrivals: closed({ clients: 16, think: constant(50) }), service: constant(50) },
    duration,
  })
  return { opens: opens.sums(), waits: waits.means() }
}

export const lifetimeJitter = defineScene({
  name: 'lifetime-jitter',
  title: 'Connections that end together, and connections that do not',
  description:
    'Opens over four minutes with a maxAge of one minute. Without jitter all twenty connections are replaced at once, ' +
    'every minute, and requests wait for the opens. With a jitter of 0.3 they are replaced one by one.',
  find: () => compare(settings, minutes),
  show: ({ none, wide }) =>
    timeChart(
      [
        { name: 'jitter: 0.3', colour: 'blue' },
        { name: 'jitter: 0', colour: 'orange', dashed: true },
      ],
      [
        { title: 'Opens in two seconds', points: [wide.opens, none.opens] },
        { title: 'Wait, ms (mean)', points: [wide.waits, none.waits] },
      ],
    ),
})
