import { latencyOf } from '../load/latency.js'
import { count, ms } from '../numbers.js'
import type { RunResult } from '../run.js'
import { type Outcome, outcomeOf } from './outcome.js'
import { recoveries } from './recovery.js'

/** The two runs side by side, as lines of text. */
export function table(without: RunResult, pooled: RunResult): string[] {
  const columns = [without, pooled].map(column)
  const rows = [
    ['', 'without a pool', 'with a pool'],
    ...labels.map((label, row) => [label, ...columns.map((cells) => cells[row] ?? '')]),
  ]
  const widths = [0, 1, 2].map((index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
  const lines = rows.map(([label = '', ...cells]) =>
    [label.padEnd(widths[0] ?? 0), ...cells.map((cell, index) => cell.padStart(widths[index + 1] ?? 0))].join('   '),
  )
  lines.splice(1, 0, '─'.repeat(lines[0]?.length ?? 0))
  return lines
}

const labels = [
  'operations answered',
  'operations per second',
  'failed: in flight at a kill or reset',
  'failed: could not connect',
  'failed: otherwise',
  'connections made',
  'connections at once, at most',
  'wait for a connection, p50',
  'wait for a connection, p99',
  'total, p50',
  'total, p99',
  'server down, at each kill',
  'time to recover, from each kill',
]

function column(run: RunResult): string[] {
  const had = (outcome: Outcome) => run.requests.filter((request) => outcomeOf(request, run.cutOf) === outcome).length
  const { wait, total } = latencyOf(run.requests)
  const answered = had('answered')
  return [
    count(answered),
    count(answered / (run.duration / 1_000)),
    count(had('lost in flight')),
    count(had('not connected')),
    count(had('failed otherwise')),
    count(run.accepted),
    count(run.most),
    ms(wait.p50),
    ms(wait.p99),
    ms(total.p50),
    ms(total.p99),
    run.outages.map(({ killedAt, upAt }) => ms(upAt - killedAt)).join(', '),
    recoveries(run.outages, run.requests).map(ms).join(', '),
  ]
}
