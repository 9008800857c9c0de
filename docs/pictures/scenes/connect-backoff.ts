import type { BackoffOptions } from '@millpond/core'
import { constant, type FaultSchedule, poisson, simulate } from '@millpond/testing'
import { Buckets } from '../buckets.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'
import { type Point, timeChart } from '../time-chart.js'
import { watchedPool } from '../watched-pool.js'

const duration = 30_000
const down = { from: 5_000, until: 20_000 }
const faults: FaultSchedule = [
  { kind: 'lose', at: down.from },
  { kind: 'refuse', ...down },
]
const settings = {
  backoff: {},
  short: { maxDelay: 1_000 },
  constant: { initialDelay: 50, maxDelay: 50, factor: 1, jitter: 0 },
} satisfies Record<string, BackoffOptions>

/** The far end is gone for fifteen seconds, while 100 requests a second come. */
async function outage(backoff: BackoffOptions): Promise<{ tries: Point[]; total: number; backAfter: number }> {
  const tries = new Buckets(1_000, duration)
  let total = 0
  let backAt = Number.POSITIVE_INFINITY
  await simulate({
    pool: watchedPool({ connect: { retry: true, backoff } }, (pool, clock) => {
      pool.on('connectError', () => {
        tries.add(clock.now())
        total++
      })
      pool.on('connect', () => {
        if (clock.now() > down.until) backAt = Math.min(backAt, clock.now())
      })
    }),
    adapter: { connect: 5 },
    faults,
    load: { arrivals: poisson({ rate: 100 }), service: constant(10), patience: 10_000 },
    duration,
  })
  return { tries: tries.rates(), total, backAfter: backAt - down.until }
}

export const connectBackoff = defineScene({
  name: 'connect-backoff',
  title: 'How often a server that is down is tried',
  description:
    'Failed tries a second during fifteen seconds without a server. A constant pause of 50 ms keeps knocking some ' +
    'eighteen times a second; the backoff, with its default of 5 s at most or with 1 s, soon tries once a second or less.',
  find: () => compare(settings, outage),
  show: ({ backoff, short, constant }) =>
    timeChart(
      [
        { name: 'default', colour: 'blue' },
        { name: 'maxDelay: 1 000', colour: 'green' },
        { name: 'always 50 ms', colour: 'orange', dashed: true },
      ],
      [
        {
          title: 'Failed tries a second',
          points: [backoff.tries, short.tries, constant.tries],
          band: { from: down.from / 1_000, until: down.until / 1_000, name: 'down' },
        },
      ],
    ),
})
