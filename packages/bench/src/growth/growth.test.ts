import { describe, expect, it } from 'vitest'
import { flatness } from './flatness.js'
import { growthPlot } from './growth-plot.js'
import { growthRatios } from './growth-ratios.js'
import { growthTable } from './growth-table.js'
import { type Measured, nameOf } from './measured.js'
import { type Series, series } from './series.js'

/** With these medians for the columns, a figure for each size. */
function measured(series: Series, ...medians: number[][]): Measured {
  const columns = series.columns.slice(0, medians.length)
  const summaries = columns.flatMap((column, index) =>
    series.sizes.map((size, row) => {
      const median = medians[index]?.[row] as number
      return [nameOf(series, column, size), { median, spread: median / 100 }] as const
    }),
  )
  return { series, columns, summaries: new Map(summaries) }
}

describe('the table of a series', () => {
  it('compares every figure with the cheapest of its column, and its growth with that of the floor', () => {
    const waiters = measured(series.waiters, [400, 200, 220, 240, 300, 800], [100, 100, 110, 120, 120, 200])
    expect(growthTable(waiters).split('\n')).toEqual([
      "| ns per acquire + release, waiters | millpond | × the cheapest | floor | × the cheapest | growth, × the floor's |",
      '| --- | ---: | ---: | ---: | ---: | ---: |',
      '| 1 | 400 ± 4.0 | 2.00 | 100 ± 1.0 | 1.00 | 2.00 |',
      '| 10 | 200 ± 2.0 | 1.00 | 100 ± 1.0 | 1.00 | 1.00 |',
      '| 100 | 220 ± 2.2 | 1.10 | 110 ± 1.1 | 1.10 | 1.00 |',
      '| 1,000 | 240 ± 2.4 | 1.20 | 120 ± 1.2 | 1.20 | 1.00 |',
      '| 10,000 | 300 ± 3.0 | 1.50 | 120 ± 1.2 | 1.20 | 1.25 |',
      '| 100,000 | 800 ± 8.0 | 4.00 | 200 ± 2.0 | 2.00 | 2.00 |',
    ])
  })

  it('has no column for what took no part', () => {
    const alone = measured(series.keys, [200, 200, 200, 200, 200, 300])
    expect(growthTable(alone).split('\n').at(-1)).toBe('| 100,000 | 300 ± 3.0 | 1.50 |')
  })
})

describe('the verdict on a series', () => {
  it('is about the dearest and the cheapest, of every column of millpond', () => {
    expect(flatness(measured(series.connections, [150, 160, 100, 150, 150], [100, 101, 102, 103, 110]))).toEqual([
      'MISSED   connections, reuse: lifo (default): flat, the dearest (100) to the cheapest (1,000): 1.60 × (at most 1.2 ×)',
      'reached  connections, reuse: fifo: flat, the dearest (100,000) to the cheapest (10): 1.10 × (at most 1.2 ×)',
    ])
  })

  it('tells, where the floor is not flat either, in which row the pool grows the most beyond it', () => {
    expect(flatness(measured(series.keys, [200, 200, 200, 200, 400, 600], [100, 100, 100, 100, 100, 250]))).toEqual([
      'MISSED   keys: flat, the dearest (100,000) to the cheapest (1): 3.00 × (at most 1.2 ×)',
      "MISSED   keys: growth to the floor's, at worst (10,000): 2.00 × (at most 1.2 ×)",
    ])
  })

  it('leaves a flat floor out of it', () => {
    expect(flatness(measured(series.waiters, [200, 200, 200, 200, 200, 230], [100, 100, 100, 100, 100, 115]))).toEqual([
      'reached  waiters: flat, the dearest (100,000) to the cheapest (1): 1.15 × (at most 1.2 ×)',
    ])
  })
})

describe('the ratios of a series', () => {
  it('are 1 where a column is flat, and lower the more it grows', () => {
    const connections = measured(series.connections, [100, 125, 100, 110, 110], [100, 100, 100, 100, 100])
    expect(growthRatios(connections)).toEqual({
      'reuse: lifo (default), the cheapest × the dearest': 0.8,
      'reuse: fifo, the cheapest × the dearest': 1,
    })
  })

  it('compare the growth with the floor’s, at worst, where there is a floor', () => {
    const keys = measured(series.keys, [200, 200, 200, 200, 400, 600], [100, 100, 100, 100, 100, 300])
    expect(growthRatios(keys)["millpond, the floor's growth × its own, at worst"]).toBe(0.5)
  })
})

describe('the plot of a series', () => {
  it('has a line for each column, by size', () => {
    const connections = measured(series.connections, [1, 2, 3, 4, 5], [6, 7, 8, 9, 10])
    expect(growthPlot(connections).series).toEqual([
      {
        name: 'millpond, reuse: lifo (default)',
        points: [
          [10, 1],
          [100, 2],
          [1000, 3],
          [10_000, 4],
          [100_000, 5],
        ],
      },
      {
        name: 'millpond, reuse: fifo',
        points: [
          [10, 6],
          [100, 7],
          [1000, 8],
          [10_000, 9],
          [100_000, 10],
        ],
      },
    ])
  })
})

describe('a series', () => {
  it.each(Object.values(series))('has tasks of their own for every column and size: $name', (series) => {
    const tasks = series.sizes.flatMap((size) => series.columns.map((column) => nameOf(series, column, size)))
    expect(new Set(tasks).size).toBe(tasks.length)
  })

  it.each(['waiters', 'keys'] as const)('does enough in a round to get round %s several times', (name) => {
    expect(series[name].operations).toBeGreaterThanOrEqual(3 * Math.max(...series[name].sizes))
  })
})
