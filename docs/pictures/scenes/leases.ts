import type { LeaseOptions } from '@millpond/core'
import { constant, poisson, type SimulationReport, simulate } from '@millpond/testing'
import { pointsOf } from '../buckets.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'
import { timeChart } from '../time-chart.js'

const hour = 3_600_000
const settings = { off: {}, on: { maxDuration: 5_000 } } satisfies Record<string, LeaseOptions>

/** One borrower in a thousand does not give back what it was lent. */
function leaking(lease: LeaseOptions): Promise<SimulationReport> {
  return simulate({
    options: { size: { max: 10 }, acquire: { timeout: 1_000 }, lease },
    adapter: { connect: 20 },
    load: [
      { arrivals: poisson({ rate: 200 }), service: constant(10) },
      { arrivals: poisson({ rate: 0.2 }), service: constant(hour) },
    ],
    duration: 120_000,
    samples: 60,
  })
}

export const leases = defineScene({
  name: 'leases',
  title: 'Leases that never come back',
  description:
    'Requests served a second, while now and then a borrower keeps its lease for ever. Without maxDuration the pool has ' +
    'nothing left to lend within a minute. With maxDuration: 5 000 it goes on.',
  find: () => compare(settings, leaking),
  show({ off, on }) {
    const served = ({ timeline }: SimulationReport) =>
      pointsOf(
        timeline.completed.map((count) => (count * 1_000) / timeline.every),
        timeline.every,
      )
    const leased = ({ timeline }: SimulationReport) => pointsOf(timeline.leased, timeline.every)
    return timeChart(
      [
        { name: 'maxDuration: 5 000', colour: 'blue' },
        { name: 'off', colour: 'orange', dashed: true },
      ],
      [
        { title: 'Requests served a second', points: [on, off].map(served) },
        { title: 'Leases at once, of ten connections', points: [on, off].map(leased), steps: 'end' },
      ],
    )
  },
})
