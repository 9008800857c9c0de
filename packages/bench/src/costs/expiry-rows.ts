import type { ContenderName } from '../contenders/index.js'
import { costRows } from './cost-rows.js'
import { barsOf, type Column, summaryOf } from './cost-table.js'
import { withinLimit } from './limit.js'
import type { ExpiryProbe } from './probe.js'

/** ms for which the event loop may stand still. */
const limit = 5
const count = 100_000

interface Expiring {
  readonly of: ExpiryProbe['of']
  readonly title: string
  /** Who has such a timeout, and can be made to hold so many. */
  readonly contenders: readonly ContenderName[]
}

const always: readonly ContenderName[] = ['floor', 'millpond']
const generic: readonly ContenderName[] = ['generic-pool', 'lightning-pool', 'sequelize-pool', 'tarn']

const all: readonly Expiring[] = [
  { of: 'acquire', title: 'acquire timeouts', contenders: [...always, ...generic, 'pg-pool', 'mongodb'] },
  { of: 'idle', title: 'idle timeouts', contenders: [...always, ...generic, 'pg-pool'] },
  { of: 'lifetime', title: 'lifetimes', contenders: [...always, 'pg-pool'] },
]

function column({ of, title, contenders }: Expiring, figure: 'pause' | 'late', isQuick: boolean): Column {
  const present = isQuick ? always : contenders
  return {
    title: `${title}: ${figure === 'pause' ? 'longest pause' : 'the last one late by'}`,
    probe: (contender) =>
      present.includes(contender)
        ? { kind: 'expiries', contender, of, count, timeout: isQuick ? 1000 : 2000 }
        : undefined,
    figure,
    digits: 1,
  }
}

const isPause = ({ figure }: Column) => figure === 'pause'

/** For how long the event loop stands still when 100,000 are due at once. */
export const expiryRows = costRows({
  marker: 'expiries',
  title: '100,000 expiries at once',
  head: 'ms, 100,000 due at once',
  columns: (isQuick) =>
    all.flatMap((expiring) => [column(expiring, 'pause', isQuick), column(expiring, 'late', isQuick)]),
  repetition: (isQuick) => ({ rounds: isQuick ? 1 : 5, patience: 20_000 }),
  verdicts: (columns, found) =>
    columns
      .filter(isPause)
      .flatMap((column) => withinLimit(`100,000 ${column.title}`, summaryOf(found, column, 'millpond'), limit, 'ms')),
  plots: (columns, found) =>
    columns
      .filter(isPause)
      .slice(0, 2)
      .flatMap((column, index) =>
        barsOf(
          {
            file: `pause-of-${all[index]?.of}-timeouts`,
            title: `100,000 ${all[index]?.title} at once`,
            y: { title: 'ms for which the event loop stands still', scale: 'log' },
          },
          [column],
          found,
        ),
      ),
})
