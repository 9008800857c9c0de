import { expect, it } from 'vitest'
import { poolOptions } from '../../../core/build/option-table.js'
import { leftOut } from './left-out.js'
import { optionSets } from './option-sets.js'

/** Of what an option set has on: `acquire.adaptive`, and every member of it that is named. */
function pathsOf(values: object, prefix = ''): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? [prefix + name, ...pathsOf(value, `${prefix}${name}.`)]
      : [prefix + name],
  )
}

const all = poolOptions().map(({ path }) => path)
const on = new Set(Object.values(optionSets).flatMap(({ options = {} }) => pathsOf(options)))
/** What is switched on as a whole has its members on. */
const isMeasured = (path: string) =>
  on.has(path) || (path.split('.').length === 3 && on.has(path.replace(/\.\w+$/, '')))

it('has a row for every option of the pool that is not named as left out', () => {
  expect(all.filter((path) => !isMeasured(path) && !(path in leftOut))).toEqual([])
})

it('leaves out only what there is, and nothing that has a row', () => {
  expect(Object.keys(leftOut).filter((path) => !all.includes(path) || isMeasured(path))).toEqual([])
})
