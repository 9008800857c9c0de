import { expect, it } from 'vitest'
import { barsOf, type Column, costTable, nameOf, probesOf, ratiosOf, summaryOf } from './cost-table.js'
import { withinLimit } from './limit.js'
import type { Probe } from './probe.js'
import type { Found, FoundFigures } from './repeated.js'

const column = (title: string, figure: string, digits: number, ratio?: string): Column => ({
  title,
  probe: (contender) => (contender === 'mysql2' ? undefined : { kind: 'memory', contender, of: 'idle', count: 10 }),
  figure,
  digits,
  ...(ratio && { ratio }),
})
const bytes = column('bytes', 'bytes', 0, 'memory')
const milliseconds = column('ms', 'pause', 2)
const columns = [bytes, milliseconds]

const probe = (contender: 'floor' | 'millpond' | 'tarn' | 'generic-pool'): Probe => ({
  kind: 'memory',
  contender,
  of: 'idle',
  count: 10,
})
const summary = (median: number) => ({ median, spread: median / 100 })
const found: Found = new Map<string, FoundFigures | 'unfinished'>([
  [nameOf(probe('floor')), { bytes: summary(100), pause: summary(1) }],
  [nameOf(probe('millpond')), { bytes: summary(500), pause: summary(2.5) }],
  [nameOf(probe('tarn')), { bytes: summary(1000), pause: summary(20) }],
  [nameOf(probe('generic-pool')), 'unfinished'],
])

it('has a line for each contender that took part and a column for each figure', () => {
  expect(costTable('what', columns, found).split('\n')).toEqual([
    '| what | bytes | ms |',
    '| --- | ---: | ---: |',
    '| floor | 100 ± 1 | 1.00 ± 0.01 |',
    '| millpond | 500 ± 5 | 2.50 ± 0.03 |',
    '| generic-pool | came to no end | came to no end |',
    '| tarn | 1,000 ± 10 | 20.00 ± 0.20 |',
  ])
})

it('compares ours with the best of the peers, where the figure is steady', () => {
  expect(ratiosOf(columns, found)).toEqual({ memory: 2 })
  expect(ratiosOf(columns, new Map([...found].filter(([name]) => name === nameOf(probe('millpond')))))).toEqual({})
})

it('counts as missed what came to no end', () => {
  const summary = summaryOf(found, bytes, 'generic-pool')
  expect(withinLimit('memory', summary, 1000, 'bytes')[0]).toMatch(/^MISSED/)
})

it('asks each probe once, though several columns read it, and none of those who have no such thing', () => {
  expect([...probesOf(columns, ['floor', 'mysql2']).values()]).toEqual([probe('floor')])
})

it('draws those who have every figure', () => {
  const [plot] = barsOf({ file: 'costs', title: 'Costs', y: { title: 'bytes' } }, columns, found)
  expect(plot?.series).toEqual([
    {
      name: 'bytes',
      points: [
        ['floor', 100],
        ['millpond', 500],
        ['tarn', 1000],
      ],
    },
    {
      name: 'ms',
      points: [
        ['floor', 1],
        ['millpond', 2.5],
        ['tarn', 20],
      ],
    },
  ])
  expect(barsOf({ file: 'costs', title: 'Costs', y: { title: 'bytes' } }, columns, new Map())).toEqual([])
})

it('tells whether a figure is within its limit, and nothing where none was measured', () => {
  expect(withinLimit('memory', summary(500), 1000, 'bytes')).toEqual([
    'reached  memory: 500 bytes (at most 1,000 bytes)',
  ])
  expect(withinLimit('memory', summary(1500), 1000, 'bytes')[0]).toMatch(/^MISSED/)
  expect(withinLimit('memory', undefined, 1000, 'bytes')).toEqual([])
})
