import { createPool, failover as failoverOf, type Pool } from '@millpond/core'
import {
  constant,
  type FaultSchedule,
  type PoolParts,
  poisson,
  type SimulatedResource,
  simulate,
  simulatedAdapter,
} from '@millpond/testing'
import { Buckets } from '../buckets.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'
import { timeChart } from '../time-chart.js'

const duration = 40_000
const down = { from: 10_000, until: 25_000 }
const faults: FaultSchedule = [
  { kind: 'lose', at: down.from },
  { kind: 'refuse', ...down },
]
const settings = { alone: false, withStandby: true } as const

/** The primary is gone for fifteen seconds. */
async function outage(hasStandby: boolean) {
  const primary = new Buckets(500, duration)
  const standby = new Buckets(500, duration)
  const failed = new Buckets(500, duration)
  const { requests } = await simulate({
    pool({ adapter, clock, random }: PoolParts): Pool<SimulatedResource> {
      const far = simulatedAdapter({ connect: 20, faults, clock, random })
      const first = createPool<SimulatedResource>(far, { name: 'primary', clock, random })
      first.on('acquire', () => primary.add(clock.now()))
      const second = createPool<SimulatedResource>(adapter, { name: 'standby', clock, random })
      second.on('acquire', () => standby.add(clock.now()))
      const pool = hasStandby ? failoverOf([first, second], { clock }) : first
      pool.on('acquireError', () => failed.add(clock.now()))
      return pool
    },
    adapter: { connect: 20 },
    load: { arrivals: poisson({ rate: 200 }), service: constant(10), patience: 2_000 },
    duration,
  })
  return { primary: primary.rates(), standby: standby.rates(), failed: failed.rates(), requests }
}

export const failover = defineScene({
  name: 'failover',
  title: 'A primary that is gone for fifteen seconds',
  description:
    'Requests served a second. With a standby they go there within a moment, and back to the primary once it is well. ' +
    'Alone, the primary serves nobody until it is back.',
  find: () => compare(settings, outage),
  show({ alone, withStandby }) {
    const band = { from: down.from / 1_000, until: down.until / 1_000, name: 'primary down' }
    return timeChart(
      [
        { name: 'primary', colour: 'orange' },
        { name: 'standby', colour: 'blue' },
      ],
      [
        { title: 'Failover: served a second', points: [withStandby.primary, withStandby.standby], band },
        { title: 'Primary alone: served a second', points: [alone.primary, []], band },
      ],
    )
  },
})
