import { constant, poisson, simulate } from '@millpond/testing'
import { barChart } from '../bar-chart.js'
import { compare } from '../compare.js'
import { atOnce } from '../evenly.js'
import { defineScene } from '../scene.js'

interface Setting {
  readonly priority?: number
  readonly perClient?: { readonly max: number }
}

const settings = { neither: {}, priority: { priority: 1 }, perClient: { perClient: { max: 8 } } } satisfies Record<
  string,
  Setting
>

/** A job asks for 2,000 leases at once, beside a service that asks for 50 a second. */
async function crowd({ priority = 0, perClient }: Setting) {
  const { clients } = await simulate({
    options: { size: { min: 10, max: 10 }, ...(perClient !== undefined && { acquire: { perClient } }) },
    load: [
      { arrivals: atOnce(2_000, 1_000), service: constant(20), client: 'job' },
      { arrivals: poisson({ rate: 50 }), service: constant(20), client: 'service', priority },
    ],
    duration: 10_000,
  })
  return { service: clients.service?.wait.p99 ?? Number.NaN, job: clients.job?.wait.max ?? Number.NaN }
}

export const fairness = defineScene({
  name: 'fairness',
  title: 'A job of 2,000 leases beside a small service',
  description:
    'Without either option 99 in 100 requests of the service wait up to some four seconds behind the job. With a higher ' +
    'priority or with acquire.perClient they hardly wait, and the job takes little longer.',
  find: () => compare(settings, crowd),
  show({ neither, priority, perClient }) {
    const found = [neither, priority, perClient]
    return barChart(
      [
        { name: 'neither', colour: 'orange' },
        { name: 'priority: 1', colour: 'green' },
        { name: 'perClient: { max: 8 }', colour: 'blue' },
      ],
      [
        { title: 'Wait of the service, p99, ms', values: found.map(({ service }) => service) },
        { title: 'Until the last of the job is served, ms', values: found.map(({ job }) => job) },
      ],
    )
  },
})
