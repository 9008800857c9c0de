import { constant, poisson, type SimulationReport, simulate } from '@millpond/testing'
import { pointsOf } from '../buckets.js'
import { compare } from '../compare.js'
import { atOnce } from '../evenly.js'
import { defineScene } from '../scene.js'
import { timeChart } from '../time-chart.js'

const keys = Array.from({ length: 40 }, (_, n) => `tenant ${n + 1}`)
const settings = { unlimited: Number.POSITIVE_INFINITY, limited: 60 } as const

/** Forty keys at an even load, and a burst for one of them. */
function tenants(total: number): Promise<SimulationReport> {
  return simulate({
    options: { total, perKey: 40, connect: { growth: 'eager' }, idle: { timeout: 4_000 } },
    adapter: { connect: 20 },
    load: [
      { arrivals: poisson({ rate: 400 }), service: constant(20), key: keys, client: 'others' },
      { arrivals: atOnce(400, 5_000), service: constant(100), key: 'tenant 1', client: 'burst' },
    ],
    duration: 20_000,
    samples: 200,
  })
}

export const keyedLimits = defineScene({
  name: 'keyed-limits',
  title: 'Forty keys and one limit',
  description:
    'Connections to forty tenants, one of which has a burst. Without a total they are about a hundred, and forty more with ' +
    'the burst; with total: 60 they stay at sixty, and idle connections of other keys make room.',
  find: () => compare(settings, tenants),
  show: ({ unlimited, limited }) =>
    timeChart(
      [
        { name: 'total: 60', colour: 'blue' },
        { name: 'no total', colour: 'orange', dashed: true },
      ],
      [
        {
          title: 'Connections of all keys',
          points: [limited, unlimited].map(({ timeline }) => pointsOf(timeline.size, timeline.every)),
          steps: 'end',
        },
      ],
    ),
})
