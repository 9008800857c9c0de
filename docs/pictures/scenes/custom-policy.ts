import { definePolicy, type Policy } from '@millpond/core'
import { constant, type FaultSchedule, poisson, simulate } from '@millpond/testing'
import { Buckets } from '../buckets.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'
import { type Point, timeChart } from '../time-chart.js'
import { watchedPool } from '../watched-pool.js'

const duration = 20_000
const restart = 8_000
const faults: FaultSchedule = [{ kind: 'lose', at: restart }]

/** At most so many opens begin in any second. */
function opensPerSecond(most: number): Policy {
  return definePolicy({
    name: `${most} opens a second`,
    attach(host) {
      const begun: number[] = []
      return {
        mayOpen({ now }) {
          while (begun[0] !== undefined && begun[0] <= now - 1_000) begun.shift()
          if (begun.length < most) return 'admit'
          host.wake((begun[0] ?? now) + 1_000)
          return 'wait'
        },
        onConnecting: ({ now }) => void begun.push(now),
      }
    },
  })
}

const settings = { without: [], with: [opensPerSecond(5)] } as const

/** The far end restarts, and twenty-four connections are wanted again. */
async function afterRestart(policies: readonly Policy[]): Promise<{ opens: Point[]; sizes: Point[] }> {
  const opens = new Buckets(1_000, duration)
  const sizes: Point[] = []
  await simulate({
    pool: watchedPool({ size: { min: 24, max: 24 }, policies }, (pool, clock) => {
      pool.on('connecting', () => opens.add(clock.now()))
      for (let at = 100; at < duration; at += 100)
        clock.setTimeout(() => sizes.push([at / 1_000, pool.stats().size]), at)
    }),
    adapter: { connect: 50 },
    faults,
    load: { arrivals: poisson({ rate: 50 }), service: constant(20) },
    duration,
  })
  return { opens: opens.sums(), sizes }
}

export const customPolicy = defineScene({
  name: 'custom-policy',
  title: 'A policy of one’s own: at most five opens a second',
  description:
    'A pool of twenty-four connections is made, and its server restarts after eight seconds. Without the policy all are ' +
    'opened at once; with it, five a second.',
  find: () => compare(settings, afterRestart),
  show: ({ without, with: limited }) =>
    timeChart(
      [
        { name: 'five opens a second', colour: 'blue' },
        { name: 'without the policy', colour: 'orange', dashed: true },
      ],
      [
        { title: 'Opens begun in a second', points: [limited.opens, without.opens], steps: 'start' },
        { title: 'Connections', points: [limited.sizes, without.sizes], steps: 'end' },
      ],
    ),
})
