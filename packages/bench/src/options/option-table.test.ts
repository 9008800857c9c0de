import { expect, it } from 'vitest'
import { type Crowd, crowds, floorName, lines, nameOf, tasks } from './option-lines.js'
import { optionRatios, optionTable } from './option-table.js'

const medians = { 'none by acquire': 100, 'stats by acquire': 150, 'none by use': 200, 'nested by use': 500 }
const summaries = new Map(
  Object.entries(medians).map(([line, median]) => [`${line}, sequential`, { median, spread: 1 }]),
)

it('compares each option with the row in which all are off, of the same call', () => {
  const written = optionTable(summaries).split('\n')
  expect(written.slice(0, 4)).toEqual([
    '| ns per acquire + release | sequential | × off |',
    '| --- | ---: | ---: |',
    '| every option off | 100 ± 1.0 | 1.00 |',
    "| `stats: 'full'` | 150 ± 1.0 | 1.50 |",
  ])
  expect(written.slice(-2)).toEqual([
    '| `use()`, every option off | 200 ± 1.0 | 1.00 |',
    "| `use()`, `acquire.nested: 'warn'` | 500 ± 1.0 | 2.50 |",
  ])
})

it('begins with the floor, where it took part, and has columns for those crowds that were measured', () => {
  const [sequential, crowded] = crowds as [Crowd, Crowd]
  const both = [
    ...summaries,
    [floorName(sequential), { median: 80, spread: 1 }],
    ['none by acquire, 100 borrowers', { median: 300, spread: 1 }],
    [floorName(crowded), { median: 150, spread: 1 }],
  ] as const
  expect(optionTable(new Map(both)).split('\n').slice(0, 4)).toEqual([
    '| ns per acquire + release | sequential | × off | 100 borrowers | × off |',
    '| --- | ---: | ---: | ---: | ---: |',
    '| the floor | 80 ± 1.0 | 0.80 | 150 ± 1.0 | 0.50 |',
    '| every option off | 100 ± 1.0 | 1.00 | 300 ± 1.0 | 1.00 |',
  ])
})

it('names what is left of the throughput with each option on', () => {
  expect(optionRatios(summaries)).toEqual({
    'stats by acquire, sequential, × off': 100 / 150,
    'nested by use, sequential, × off': 0.4,
  })
})

it('has a task of its own for every row and crowd', () => {
  const names = crowds.flatMap((crowd) => tasks(crowd, ['millpond']).map(({ name }) => name))
  expect(new Set(names).size).toBe(crowds.length * lines.length)
  expect(names).toEqual(crowds.flatMap((crowd) => lines.map((line) => nameOf(line, crowd))))
  expect(crowds.map((crowd) => tasks(crowd, ['millpond', 'floor'])[0]?.name)).toEqual(crowds.map(floorName))
})
