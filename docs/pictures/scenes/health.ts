import type { HealthOptions } from '@millpond/core'
import { constant, exponential, type FaultSchedule, poisson, type SimulationReport, simulate } from '@millpond/testing'
import { barChart } from '../bar-chart.js'
import { compare } from '../compare.js'
import { defineScene } from '../scene.js'

/** Every connection is dropped after half a minute on average, and nobody says so. */
const faults: FaultSchedule = [{ kind: 'lose', after: exponential({ mean: 30_000 }), notice: 'none' }]
const settings = {
  off: { onAcquire: false },
  every: { onAcquire: false, every: 1_000 },
  onAcquire: {},
  always: { after: 0 },
} satisfies Record<string, HealthOptions>

/** Two requests a second on ten connections, used in turns, that a firewall forgets. */
function halfAnHour(health: HealthOptions): Promise<SimulationReport> {
  return simulate({
    options: { size: { min: 10, max: 10 }, idle: { reuse: 'fifo' }, health },
    adapter: { connect: 20, check: 2 },
    faults,
    load: { arrivals: poisson({ rate: 2 }), service: constant(10) },
    duration: 1_800_000,
  })
}

export const health = defineScene({
  name: 'health',
  title: 'Connections that die silently',
  description:
    'Without checks every connection that died breaks a request. Checks in the background find most of the dead first; ' +
    'a check before the lease of what has rested finds nearly all, for the wait of a round trip.',
  find: () => compare(settings, halfAnHour),
  show({ off, every, onAcquire, always }) {
    const found = [off, every, onAcquire, always]
    return barChart(
      [
        { name: 'no checks', colour: 'orange' },
        { name: 'every: 1 000 only', colour: 'green' },
        { name: 'after: 500 (default)', colour: 'blue' },
        { name: 'after: 0', colour: 'blue' },
      ],
      [
        { title: 'Requests that broke, of 1,000', values: found.map(brokenOf1000), digits: 1 },
        { title: 'Wait, ms (mean)', values: found.map(({ requests }) => requests.wait.mean), digits: 1 },
      ],
    )
  },
})

export function brokenOf1000({ requests }: SimulationReport): number {
  return (1_000 * requests.broken) / requests.granted
}
