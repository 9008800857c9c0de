import type { Clock, Pool } from '@millpond/core'
import { exponential, poisson, type SimulatedResource, simulate } from '@millpond/testing'
import { defineScene } from '../scene.js'
import { type Point, timeChart } from '../time-chart.js'
import { watchedPool } from '../watched-pool.js'

const duration = 10_000
const every = 50
const flushAt = 3_000

/** Ten connections under load are replaced while they are in use. */
async function replaced() {
  const old: Point[] = []
  const fresh: Point[] = []
  const look = (pool: Pool<SimulatedResource>, clock: Clock) => {
    clock.setTimeout(() => pool.flush(), flushAt)
    for (let at = every; at < duration; at += every) clock.setTimeout(() => count(pool, at), at)
  }
  function count(pool: Pool<SimulatedResource>, at: number): void {
    const generations = [...pool.connections()].map(({ generation }) => generation)
    const current = generations.filter((generation) => generation > 0).length
    old.push([at / 1_000, generations.length - current])
    fresh.push([at / 1_000, current])
  }
  const { requests, connections } = await simulate({
    pool: watchedPool({ size: { min: 10, max: 10 } }, look),
    adapter: { connect: 100, close: 20 },
    load: { arrivals: poisson({ rate: 14 }), service: exponential({ mean: 500 }) },
    duration,
  })
  return { old, fresh, requests, connections }
}

export const flush = defineScene({
  name: 'flush',
  title: 'A pool whose connections are replaced under load',
  description:
    'flush() after three seconds. Idle connections of the old generation close at once, leased ones as they come back; ' +
    'new ones take their places. No request fails.',
  find: replaced,
  show: ({ old, fresh }) =>
    timeChart(
      [
        { name: 'opened before flush()', colour: 'orange', dashed: true },
        { name: 'opened after it', colour: 'blue' },
      ],
      [{ title: 'Connections', points: [old, fresh], steps: 'end' }],
    ),
})
