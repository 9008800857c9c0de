import { expect, it } from 'vitest'
import type { Row } from '../wire/comparison.js'
import { lateTable, lateVerdicts } from './late-answers.js'

const row = (callers: number, late: Record<string, number>): Row => ({
  title: `${callers} callers`,
  callers,
  summaries: new Map(
    Object.entries(late).map(([name, p99]) => [
      name,
      { median: 1, spread: 0, waits: { p50: 1, p90: 1, p99, p999: 9 } },
    ]),
  ),
})
const comparison = { entrants: ['ours', 'theirs'], ours: 'ours', targets: [{ peer: 'theirs', mean: 1 }] }

it('tells how long one in a hundred waits, client by client, and nothing of who took no part', () => {
  expect(
    lateTable(['ours', 'theirs'], [row(1, { ours: 1.234 })])
      .split('\n')
      .at(-1),
  ).toBe('| 1 callers | 1.23 |  |')
})

it('compares it with the peer’s where a thousand wait', () => {
  const rows = [row(10, { ours: 9, theirs: 1 }), row(1000, { ours: 40, theirs: 50 })]
  expect(lateVerdicts(comparison, rows)).toEqual(["reached  1000 callers: p99 40.0 ms (below theirs's 50.0 ms)"])
  expect(lateVerdicts(comparison, [row(1000, { ours: 50, theirs: 50 })])[0]).toMatch(/^MISSED/)
})
