import { expect, it } from 'vitest'
import type { Row } from './comparison.js'
import { throughputPlot, waitPlot } from './wire-plots.js'

const waits = { p50: 1, p90: 2, p99: 3, p999: 4 }
const row = (callers: number, medians: Record<string, number>): Row => ({
  title: `${callers} callers`,
  callers,
  summaries: new Map(Object.entries(medians).map(([name, median]) => [name, { median, spread: 1, waits }])),
})

it('draws what each who took part does a second, by how many ask at once', () => {
  const rows = [row(1, { ours: 1e6, theirs: 2e6 }), row(10, { ours: 1e5 })]
  expect(throughputPlot({ file: 'a', title: 'A' }, ['ours', 'theirs', 'absent'], rows).series).toEqual([
    {
      name: 'ours',
      points: [
        [1, 1000],
        [10, 10_000],
      ],
    },
    { name: 'theirs', points: [[1, 500]] },
  ])
})

it('draws how long callers wait, by percentile', () => {
  expect(waitPlot({ file: 'a', title: 'A' }, ['ours', 'absent'], row(10, { ours: 1 })).series).toEqual([
    {
      name: 'ours',
      points: [
        ['50 %', 1],
        ['90 %', 2],
        ['99 %', 3],
        ['99.9 %', 4],
      ],
    },
  ])
})
