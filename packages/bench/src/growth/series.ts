import type { PoolTask } from '../task.js'

/** millpond measured with ever more of something, of which an operation should not notice how much there is. */
export interface Series {
  /** Of what there is ever more. */
  readonly name: 'connections' | 'waiters' | 'keys'
  readonly sizes: readonly number[]
  /** Of a round: as many at every size, and enough for the longest queue to be served, or the most keys to be visited,
   * several times. */
  readonly operations: number
  readonly columns: readonly Column[]
}

/** What is measured at every size. */
export interface Column {
  readonly title: string
  readonly contender: 'millpond' | 'floor'
  task(size: number): Pick<PoolTask, 'subject' | 'work'>
}

const connectionColumn = (title: string, reuse: 'lifo' | 'fifo'): Column => ({
  title,
  contender: 'millpond',
  task: (connections) => ({
    subject: { kind: 'connections', connections, reuse },
    work: { by: 'acquire', borrowers: 1 },
  }),
})

const keyColumn = (contender: 'millpond' | 'floor'): Column => ({
  title: contender,
  contender,
  task: (keys) => ({ subject: { kind: 'keyed', contender, keys }, work: { by: 'acquire', borrowers: 1 } }),
})

export const series: Readonly<Record<Series['name'], Series>> = {
  connections: {
    name: 'connections',
    sizes: [10, 100, 1000, 10_000, 100_000],
    operations: 500_000,
    columns: [connectionColumn('reuse: lifo (default)', 'lifo'), connectionColumn('reuse: fifo', 'fifo')],
  },
  waiters: {
    name: 'waiters',
    sizes: [1, 10, 100, 1000, 10_000, 100_000],
    operations: 300_000,
    columns: [
      {
        title: 'millpond',
        contender: 'millpond',
        task: (waiters) => ({ subject: { kind: 'patient' }, work: { by: 'queue', waiters } }),
      },
      {
        title: 'floor',
        contender: 'floor',
        task: (waiters) => ({ subject: { kind: 'standard', contender: 'floor' }, work: { by: 'queue', waiters } }),
      },
    ],
  },
  keys: {
    name: 'keys',
    sizes: [1, 10, 100, 1000, 10_000, 100_000],
    operations: 300_000,
    columns: [keyColumn('millpond'), keyColumn('floor')],
  },
}
