import { constant, poisson, type SimulationReport, simulate } from '@millpond/testing'
import { pointsOf } from '../buckets.js'
import { compare } from '../compare.js'
import { atOnce } from '../evenly.js'
import { defineScene } from '../scene.js'
import { timeChart } from '../time-chart.js'

const settings = { packed: 'packed', spread: 'spread' } as const

/** Connections that carry ten leases each: a burst of forty, then eight at once on average. */
function streams(placement: 'packed' | 'spread'): Promise<SimulationReport> {
  return simulate({
    options: { size: { max: 4 }, capacity: { placement }, idle: { timeout: 5_000 } },
    adapter: { connect: 50, capacity: 10 },
    load: [
      { arrivals: atOnce(40, 2_000), service: constant(1_000) },
      { arrivals: poisson({ rate: 80 }), service: constant(100) },
    ],
    duration: 30_000,
    samples: 150,
  })
}

export const sharedConnections = defineScene({
  name: 'shared-connections',
  title: 'Packed and spread leases',
  description:
    'Connections that carry ten leases each, after a burst of forty. Packed, the leases that go on need one or two ' +
    'connections and the others time out; spread, all four stay in use.',
  find: () => compare(settings, streams),
  show: ({ packed, spread }) =>
    timeChart(
      [
        { name: 'packed', colour: 'blue' },
        { name: 'spread', colour: 'orange', dashed: true },
      ],
      [
        {
          title: 'Connections',
          points: [packed, spread].map(({ timeline }) => pointsOf(timeline.size, timeline.every)),
          steps: 'end',
        },
      ],
    ),
})
