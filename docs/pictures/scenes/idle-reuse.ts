import type { IdleOptions } from '@millpond/core'
import { constant, type SimulationReport, simulate } from '@millpond/testing'
import { pointsOf } from '../buckets.js'
import { compare } from '../compare.js'
import { atOnce, evenly } from '../evenly.js'
import { defineScene } from '../scene.js'
import { timeChart } from '../time-chart.js'

const settings = {
  lifo: { timeout: 5_000 },
  fifo: { timeout: 5_000, reuse: 'fifo' },
  kept: { timeout: Number.POSITIVE_INFINITY },
} satisfies Record<string, IdleOptions>

/** Twenty requests at once, and then ten a second. */
function afterABurst(idle: IdleOptions): Promise<SimulationReport> {
  return simulate({
    options: { size: { max: 20 }, connect: { growth: 'eager' }, idle },
    adapter: { connect: 20 },
    load: [
      { arrivals: atOnce(20, 2_000), service: constant(500) },
      { arrivals: evenly({ from: 0, until: 20_000, rate: 10 }), service: constant(20) },
    ],
    duration: 20_000,
    samples: 200,
  })
}

export const idleReuse = defineScene({
  name: 'idle-reuse',
  title: 'What is left of a burst',
  description:
    'Connections after a burst of twenty requests, while ten requests a second go on. With an idle timeout of 5 s and ' +
    'the last used lent first, one is left; with the longest idle lent first, all twenty stay; without a timeout, too.',
  find: () => compare(settings, afterABurst),
  show: ({ lifo, fifo, kept }) =>
    timeChart(
      [
        { name: "'lifo', 5 s", colour: 'blue' },
        { name: "'fifo', 5 s", colour: 'green' },
        { name: 'no timeout', colour: 'orange', dashed: true },
      ],
      [
        {
          title: 'Connections',
          points: [lifo, fifo, kept].map(({ timeline }) => pointsOf(timeline.size, timeline.every)),
          steps: 'end',
        },
      ],
    ),
})
