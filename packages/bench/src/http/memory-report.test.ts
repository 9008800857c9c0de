import { expect, it } from 'vitest'
import { memoryPlot, memoryRatios, memoryTable } from './memory-report.js'

const bytes = new Map([
  ['together', new Map(Object.entries({ millpond: 2000, node: 3000, 'millpond dispatcher': 5000 }))],
  ['apart', new Map(Object.entries({ millpond: 4000.4 }))],
])

it('has a column for each layout, and nothing of who took no part', () => {
  expect(memoryTable(bytes).split('\n')).toEqual([
    '| bytes per idle connection | together | apart |',
    '| --- | ---: | ---: |',
    '| millpond | 2,000 | 4,000 |',
    '| node | 3,000 |  |',
    '| millpond dispatcher | 5,000 |  |',
  ])
})

it('compares ours with those that do the same', () => {
  expect(memoryRatios(bytes)).toEqual({ 'together, node × millpond': 1.5 })
})

it('is drawn layout by layout', () => {
  expect(memoryPlot(bytes).series.map(({ name, points }) => [name, points.length])).toEqual([
    ['together', 3],
    ['apart', 1],
  ])
})
