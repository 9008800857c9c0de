import { costRows } from './cost-rows.js'
import type { Column } from './cost-table.js'
import { barsOf } from './cost-table.js'

const column = (title: string, figure: string, duration: number, digits = 3): Column => ({
  title,
  probe: (contender) => ({ kind: 'gc', contender, duration }),
  figure,
  digits,
})

/** How long acquires wait in a process that has more to do than lend connections. */
export const gcRows = costRows({
  marker: 'gc',
  title: 'Waits under garbage collection',
  head: 'ms that an acquire waits, 5,000 a second',
  columns(isQuick) {
    const duration = isQuick ? 400 : 3000
    return [
      column('median', 'p50', duration),
      column('p99', 'p99', duration, 2),
      column('p99.9', 'p99.9', duration, 2),
      column('ms of collection, per second', 'gc', duration, 0),
    ]
  },
  repetition: (isQuick) => ({ rounds: isQuick ? 1 : 5 }),
  plots: (columns, found) =>
    barsOf(
      { file: 'waits-under-gc', title: 'Waits under garbage collection', y: { title: 'ms', scale: 'log' } },
      columns.slice(0, 3),
      found,
    ),
})
