import { expect, it } from 'vitest'
import { contentionPlot } from './contention-plot.js'

it('has a line for each pool that took part: operations a second, by borrowers', () => {
  const rows = [1, 100].map((borrowers) => ({
    scenario: { title: `${borrowers}`, borrowers },
    summaries: new Map(['tarn', 'millpond'].map((name) => [name, { median: borrowers * 100, spread: 1 }])),
  }))
  expect(contentionPlot(rows).series).toEqual(
    ['millpond', 'tarn'].map((name) => ({
      name,
      points: [
        [1, 1e7],
        [100, 1e5],
      ],
    })),
  )
})
