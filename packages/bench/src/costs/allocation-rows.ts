import { costRows } from './cost-rows.js'
import { barsOf, type Column } from './cost-table.js'

const crowds = [
  { title: 'sequential', borrowers: 1 },
  { title: '100 borrowers', borrowers: 100 },
] as const

const columnsOf = (figure: 'bytes' | 'promises', digits: number): Column[] =>
  crowds.map(({ title, borrowers }) => ({
    title: `${figure}, ${title}`,
    probe: (contender) => ({ kind: 'allocations', contender, borrowers }),
    figure,
    digits,
    ...(figure === 'bytes' && { ratio: `bytes allocated, ${title}` }),
  }))

const bytes = columnsOf('bytes', 0)
const promises = columnsOf('promises', 2)

/** What an operation leaves to the garbage collector. */
export const allocationRows = costRows({
  marker: 'allocations',
  title: 'Bytes and promises of an acquire',
  head: 'per acquire + release',
  columns: (isQuick) => (isQuick ? [bytes, promises].flatMap((all) => all.slice(0, 1)) : [...bytes, ...promises]),
  repetition: (isQuick) => ({ rounds: isQuick ? 1 : 5 }),
  plots: (columns, found) =>
    barsOf(
      { file: 'allocations', title: 'Allocated by an acquire and its release', y: { title: 'bytes' } },
      columns.filter(({ figure }) => figure === 'bytes'),
      found,
    ),
})
