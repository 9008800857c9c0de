import { balance as balanceOf, createPool, type Pool } from '@millpond/core'
import {
  constant,
  type FaultSchedule,
  type PoolParts,
  poisson,
  type SimulatedResource,
  simulate,
  simulatedAdapter,
} from '@millpond/testing'
import { barChart } from '../bar-chart.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'

/** One of three replicas answers no connect for half a minute. */
const faults: FaultSchedule = [
  { kind: 'lose', at: 10_000 },
  { kind: 'hang', from: 10_000, until: 40_000 },
]

type Members = readonly Pool<SimulatedResource>[]
type Compose = (members: Members, parts: PoolParts) => Pool<SimulatedResource>

const settings = {
  byHand: inTurns,
  kept: (members, { clock, random }) => balanceOf(members, { clock, random, eject: false }),
  ejected: (members, { clock, random }) => balanceOf(members, { clock, random }),
} satisfies Record<string, Compose>

/** What a program does that has three pools and asks them in turns. */
function inTurns(members: Members, { clock }: PoolParts): Pool<SimulatedResource> {
  const all = balanceOf(members, { clock })
  let turn = 0
  const acquire: Pool<SimulatedResource>['acquire'] = (options) => {
    const member = members[turn++ % members.length] as Pool<SimulatedResource>
    return member.acquire(options)
  }
  return Object.assign(all, { acquire })
}

async function replicas(compose: Compose) {
  const { requests } = await simulate({
    pool(parts: PoolParts): Pool<SimulatedResource> {
      const { adapter, clock, random } = parts
      const sick = simulatedAdapter({ connect: 20, faults, clock, random })
      const options = { size: { max: 5 }, connect: { timeout: 500 }, clock, random }
      const members = [sick, adapter, adapter].map((of, n) =>
        createPool<SimulatedResource>(of, { ...options, name: `replica ${n + 1}` }),
      )
      return compose(members, parts)
    },
    adapter: { connect: 20 },
    load: { arrivals: poisson({ rate: 300 }), service: constant(20), patience: 2_000 },
    duration: 60_000,
  })
  const failed = Object.values(requests.rejected).reduce((sum, count) => sum + count, 0)
  return { failed, wait: requests.wait }
}

export const balance = defineScene({
  name: 'balance',
  title: 'A replica that answers no connect',
  description:
    'One of three replicas hangs for half a minute. Of requests that are sent to the three in turns, those of the sick one ' +
    'fail. With balance none fails, and with ejection they wait less.',
  find: () => compare(settings, replicas),
  show({ byHand, kept, ejected }) {
    const found = [byHand, kept, ejected]
    return barChart(
      [
        { name: 'three pools in turns', colour: 'orange' },
        { name: 'balance, eject: false', colour: 'green' },
        { name: 'balance', colour: 'blue' },
      ],
      [
        { title: 'Requests of 18,000 that failed', values: found.map(({ failed }) => failed) },
        { title: 'Wait of those served, ms (mean)', values: found.map(({ wait }) => wait.mean), digits: 1 },
        { title: 'Wait of those served, ms (p99)', values: found.map(({ wait }) => wait.p99), digits: 1 },
      ],
    )
  },
})
