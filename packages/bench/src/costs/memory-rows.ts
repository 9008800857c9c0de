import type { ContenderName } from '../contenders/index.js'
import { contenderNames } from '../contenders/index.js'
import { costRows } from './cost-rows.js'
import { barsOf, type Column, summaryOf } from './cost-table.js'
import { withinLimit } from './limit.js'
import type { MemoryProbe } from './probe.js'

/** Bytes. */
const limit = 450
const many = 20_000
const fewer = 5_000

/** What these hold of a connection cannot be told from the connection, which is an object of their driver. */
const drivers: readonly ContenderName[] = ['pg-pool', 'mysql2', 'mongodb']

interface Held {
  readonly of: MemoryProbe['of']
  readonly title: string
  readonly contenders: readonly ContenderName[]
  readonly ratio?: string
}

const all: readonly Held[] = [
  {
    of: 'idle',
    title: 'per idle connection, beyond the resource',
    contenders: contenderNames.filter((name) => !drivers.includes(name)),
    ratio: 'memory per idle connection',
  },
  {
    of: 'waiter',
    title: 'per waiter, its promise included',
    contenders: contenderNames,
    ratio: 'memory per waiter',
  },
  { of: 'key', title: 'per key with an idle connection', contenders: ['floor', 'millpond'] },
]

const columnOf = ({ of, title, contenders, ratio }: Held, count: number): Column => ({
  title,
  probe: (contender) => (contenders.includes(contender) ? { kind: 'memory', contender, of, count } : undefined),
  figure: 'bytes',
  digits: 0,
  ...(ratio && { ratio }),
})

/** Those that have a limit: connections and waiters. */
const limited = (columns: readonly Column[]) => columns.slice(0, 2)

/** What is held for as long as something is idle, waits or is known. */
export const memoryRows = costRows({
  marker: 'memory',
  title: 'Memory of connections, waiters and keys',
  head: 'bytes',
  columns: (isQuick) => all.map((held) => columnOf(held, isQuick ? fewer : many)),
  repetition: (isQuick) => ({ rounds: isQuick ? 1 : 5 }),
  verdicts: (columns, found) =>
    limited(columns).flatMap((column) =>
      withinLimit(column.ratio ?? column.title, summaryOf(found, column, 'millpond'), limit, 'bytes'),
    ),
  plots: (columns, found) =>
    barsOf(
      { file: 'memory', title: 'Memory of the pool', y: { title: 'bytes', scale: 'log' } },
      limited(columns),
      found,
    ),
})
