import { constant, simulate } from '@millpond/testing'
import { pointsOf } from '../buckets.js'
import { compare } from '../compare.js'
import { atOnce } from '../evenly.js'
import { defineScene } from '../scene.js'
import { timeChart } from '../time-chart.js'

const settings = { elastic: 'elastic', eager: 'eager' } as const
const spikes = [1_000, 1_500, 2_000, 2_500]

/** Fifty requests at once, on five warm connections of at most fifty. */
function spike(growth: 'elastic' | 'eager', service: number, moments: readonly number[]) {
  return simulate({
    options: { size: { min: 5, max: 50 }, connect: { growth } },
    adapter: { connect: 150 },
    load: { arrivals: atOnce(50, ...moments), service: constant(service) },
    duration: 4_000,
    samples: 200,
  })
}

export const growth = defineScene({
  name: 'growth',
  title: 'Elastic and eager growth in a spike',
  description:
    'Connections over time. With requests of 2 ms, elastic growth stays near the five that were warm, and eager growth ' +
    'opens one for each waiter. With requests of 1 s, elastic growth doubles until there are enough.',
  find: async () => ({
    short: await compare(settings, (setting) => spike(setting, 2, spikes)),
    long: await compare(settings, (setting) => spike(setting, 1_000, [1_000])),
  }),
  show: ({ short, long }) =>
    timeChart(
      [
        { name: 'elastic', colour: 'blue' },
        { name: 'eager', colour: 'orange', dashed: true },
      ],
      [
        { title: 'Connections; 50 requests of 2 ms, four times', ...sizesOf(short) },
        { title: 'Connections; 50 requests of 1 s, once', ...sizesOf(long) },
      ],
    ),
})

function sizesOf({ elastic, eager }: Record<'elastic' | 'eager', Awaited<ReturnType<typeof spike>>>) {
  const points = [elastic, eager].map(({ timeline }) => pointsOf(timeline.size, timeline.every))
  return { steps: 'end' as const, points }
}
