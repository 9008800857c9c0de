import { closed, constant, type FaultSchedule, simulate } from '@millpond/testing'
import { barChart } from '../bar-chart.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'

interface Setting {
  readonly reset?: number
  readonly timeout?: number
  readonly faults?: FaultSchedule
}

const hanging: FaultSchedule = [{ kind: 'hang', call: 'reset', probability: 0.002 }]
const settings = {
  none: {},
  short: { reset: 1 },
  long: { reset: 5 },
  hangs: { reset: 1, faults: hanging },
  hangsBriefly: { reset: 1, faults: hanging, timeout: 250 },
} satisfies Record<string, Setting>

/** Twenty borrowers on ten connections, each of which they hold for 10 ms. */
async function busy({ reset, timeout, faults = [] }: Setting): Promise<number> {
  const { throughput } = await simulate({
    options: {
      size: { min: 10, max: 10 },
      ...(timeout !== undefined && { release: { timeout } }),
    },
    adapter: { connect: 20, ...(reset !== undefined && { reset }) },
    faults,
    load: { arrivals: closed({ clients: 20, think: constant(0) }), service: constant(10) },
    duration: 40_000,
    warmup: 10_000,
  })
  return throughput
}

export const reset = defineScene({
  name: 'reset',
  title: 'What a reset costs a busy pool',
  description:
    'Leases a second of ten connections. A reset takes its share of each connection’s time. When one reset in 500 ' +
    'hangs, half of the pool is lost to the default timeout of 5 s, and little with one of 250 ms.',
  find: () => compare(settings, busy),
  show: ({ none, short, long, hangs, hangsBriefly }) =>
    barChart(
      [
        { name: 'no reset', colour: 'blue' },
        { name: 'reset of 1 ms', colour: 'blue' },
        { name: 'reset of 5 ms', colour: 'blue' },
        { name: '1 ms, 1 in 500 hangs', colour: 'orange' },
        { name: '… with timeout: 250', colour: 'green' },
      ],
      [{ title: 'Leases of 10 ms a second', values: [none, short, long, hangs, hangsBriefly] }],
    ),
})
