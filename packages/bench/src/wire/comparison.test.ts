import { expect, it } from 'vitest'
import { type Comparison, compared, type Row, reachedTargets, throughputRatios } from './comparison.js'

const row = (title: string, medians: Record<string, number>): Row => ({
  title,
  callers: 10,
  summaries: new Map(Object.entries(medians).map(([name, median]) => [name, { median, spread: median / 10 }])),
})

const comparison: Comparison = {
  entrants: ['ours', 'theirs', 'absent'],
  ours: 'ours',
  targets: [{ peer: 'theirs', mean: 1.5, row: 0.9 }],
}
const rows = [row('small', { ours: 50_000, theirs: 100_000 }), row('large', { ours: 400_000, theirs: 200_000 })]

it('shows what each does a second, how many times the others’ ours is, and the geometric mean', () => {
  expect(compared(comparison, rows).split('\n')).toEqual([
    '| per second | ours | theirs | × theirs |',
    '| --- | ---: | ---: | ---: |',
    '| small | 20,000 ± 2,000 | 10,000 ± 1,000 | 2.00 |',
    '| large | 2,500 ± 250 | 5,000 ± 500 | 0.50 |',
    '| geometric mean |  |  | 1.00 |',
  ])
})

it('tells of each target whether it was reached, the mean first', () => {
  expect(reachedTargets(comparison, rows)).toEqual([
    "MISSED   throughput of ours, × theirs's, geometric mean: 1.00 × (at least 1.5 ×)",
    "reached  small: throughput, × theirs's: 2.00 × (at least 0.9 ×)",
    "MISSED   large: throughput, × theirs's: 0.50 × (at least 0.9 ×)",
  ])
})

it('names our throughput, × each other’s, so that runs can be compared', () => {
  expect(throughputRatios(comparison, rows)).toEqual({
    'small, × theirs': 2,
    'large, × theirs': 0.5,
    'geometric mean, × theirs': 1,
  })
})

it('tells nothing of a peer that did not take part', () => {
  const alone = { ...comparison, targets: [{ peer: 'absent', mean: 1 }] }
  expect(reachedTargets(alone, rows)).toEqual([])
})
