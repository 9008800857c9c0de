import type { ConnectOptions } from '@millpond/core'
import { constant, type FaultSchedule, poisson, simulate } from '@millpond/testing'
import { barChart } from '../bar-chart.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'
import { watchedPool } from '../watched-pool.js'

const down = { from: 10_000, until: 13_000 }
const faults: FaultSchedule = [
  { kind: 'lose', at: down.from },
  { kind: 'refuse', ...down },
]
const settings = {
  neither: {},
  breaker: { breaker: { failures: 3, cooldown: 1_000 } },
  retry: { retry: true },
} satisfies Record<string, ConnectOptions>

/** The far end is gone for three seconds; callers have five. */
async function outage(connect: ConnectOptions) {
  let told = 0
  let failed = 0
  const { requests } = await simulate({
    pool: watchedPool({ connect: { backoff: { maxDelay: 1_000 }, ...connect } }, (pool) => {
      pool.on('acquireError', ({ waited }) => {
        told += waited
        failed++
      })
    }),
    adapter: { connect: 20 },
    faults,
    load: { arrivals: poisson({ rate: 200 }), service: constant(10), patience: 5_000 },
    duration: 30_000,
  })
  return { failed, toldAfter: failed === 0 ? 0 : told / failed, longestWait: requests.wait.max }
}

export const connectOutage = defineScene({
  name: 'connect-outage',
  title: 'Three seconds without a server',
  description:
    'With neither option requests fail once an open has failed. With a breaker more fail, and all at once. ' +
    'With retry none fails: they wait until the server is back.',
  find: () => compare(settings, outage),
  show({ neither, breaker, retry }) {
    const found = [neither, breaker, retry]
    return barChart(
      [
        { name: 'neither', colour: 'orange' },
        { name: 'breaker: 3 failures, 1 s', colour: 'green' },
        { name: 'retry: true', colour: 'blue' },
      ],
      [
        { title: 'Requests that failed', values: found.map(({ failed }) => failed) },
        { title: 'ms until those were told (mean)', values: found.map(({ toldAfter }) => toldAfter) },
        { title: 'Longest wait of those served, ms', values: found.map(({ longestWait }) => longestWait) },
      ],
    )
  },
})
