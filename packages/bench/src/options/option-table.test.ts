import { expect, it } from 'vitest'
import { crowds, lines, nameOf, tasks } from './option-lines.js'
import { optionTable } from './option-table.js'

it('compares each option with the row in which all are off, of the same call', () => {
  const medians = { 'none by acquire': 100, 'stats by acquire': 150, 'none by use': 200, 'nested by use': 500 }
  const summaries = new Map(
    Object.entries(medians).map(([line, median]) => [`${line}, sequential`, { median, spread: 1 }]),
  )
  const written = optionTable(summaries).split('\n')
  expect(written.slice(0, 4)).toEqual([
    '| ns per acquire + release | sequential | × off | 100 borrowers | × off |',
    '| --- | ---: | ---: | ---: | ---: |',
    '| every option off | 100 ± 1.0 | 1.00 |  |  |',
    "| `stats: 'full'` | 150 ± 1.0 | 1.50 |  |  |",
  ])
  expect(written.slice(-2)).toEqual([
    '| `use()`, every option off | 200 ± 1.0 | 1.00 |  |  |',
    "| `use()`, `acquire.nested: 'warn'` | 500 ± 1.0 | 2.50 |  |  |",
  ])
})

it('has a task of its own for every row and crowd', () => {
  const names = crowds.flatMap((crowd) => tasks(crowd).map(({ name }) => name))
  expect(new Set(names).size).toBe(crowds.length * lines.length)
  expect(names).toEqual(crowds.flatMap((crowd) => lines.map((line) => nameOf(line, crowd))))
})
