import { createPool, systemClock } from '@millpond/core'
import { expect, it } from 'vitest'
import { withBlock } from '../packages/core/build/marked-block.js'
import { optionTable, poolOptions, shown } from '../packages/core/build/option-table.js'
import { resolveOptions } from '../packages/core/src/pool/resolve-options.js'
import { read } from './markdown.js'

const adapter = { name: 'some adapter', open: () => ({}), close: () => {} }
const options = poolOptions()

/** The defaults that a doc comment describes rather than names, and what they are. */
const described: Record<string, { readonly words: string | undefined; readonly value: unknown }> = {
  name: { words: "the adapter's name", value: adapter.name },
  'acquire.perClient.max': { words: undefined, value: 1 },
  'health.onAcquire': { words: 'true where the adapter has `check`', value: false },
  clock: { words: "the process's monotonic clock", value: systemClock },
  inspect: { words: 'none', value: undefined },
}

/** With everything switched on that is off unless asked for. */
const switchedOn = { acquire: { adaptive: true, perClient: { max: 1 } }, connect: { breaker: {} } }
const optionalGroups = ['acquire.adaptive', 'acquire.perClient', 'connect.breaker']

function valueAt(path: string, values: unknown): unknown {
  return path.split('.').reduce((value, name) => (value as Record<string, unknown>)[name], values)
}

/** The default: of an option in a group that is off, what it is once the group is on. */
function defaultOf(path: string): unknown {
  const isInOptional = optionalGroups.some((group) => path.startsWith(`${group}.`))
  return valueAt(path, resolveOptions(adapter, isInOptional ? switchedOn : {}))
}

function pathsOf(values: object, prefix = ''): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const isGroup = typeof value === 'object' && value !== null && !('now' in value) && !Array.isArray(value)
    return isGroup ? pathsOf(value, `${prefix}${name}.`) : `${prefix}${name}`
  })
}

it('has in the README every option with its default (written by packages/core/build/generate-option-table.ts)', () => {
  const readme = read('README.md')
  expect(readme).toBe(withBlock(readme, 'options', optionTable(options)))
})

it('lists exactly the options that the pool resolves', () => {
  expect(options.map(({ path }) => path).sort()).toEqual(
    pathsOf(resolveOptions(adapter, switchedOn)).concat(optionalGroups).sort(),
  )
})

it.each(options)('documents the default of $path as the one that the pool resolves', ({ path, documented }) => {
  const value = defaultOf(path)
  const inWords = described[path]
  if (inWords !== undefined) expect({ words: documented, value }).toEqual(inWords)
  else expect(documented).toBe(shown(value))
})

it('checks on acquire by default where the adapter has a check', () => {
  const { health } = resolveOptions({ ...adapter, check: async () => {} })
  expect(health.onAcquire).toBe(true)
})

it.each(options)('says of $path what it does', ({ about }) => {
  expect(about).toMatch(/\w.*\.$/)
})

it.each(options)('refuses $path when it is misspelled, by its path', ({ path }) => {
  const misspelled = path.split('.').reduceRight<unknown>((value, name, depth, names) => {
    return { [depth === names.length - 1 ? `${name}_` : name]: value }
  }, 1)
  expect(() => createPool(adapter, misspelled as never)).toThrow(`Invalid option ${path}_`)
})
