import { expect, it } from 'vitest'
import { InvalidOptionError } from '../errors/invalid-option-error.js'
import {
  count,
  duration,
  flag,
  fn,
  natural,
  object,
  oneOf,
  type Reader,
  readGroup,
  share,
  text,
} from './read-options.js'

const taken = (reader: Reader<unknown>, values: unknown[]) => values.filter((value) => reader.accepts(value))
const never = [undefined, null, '5', Number.NaN, [], {}, true]

it('takes durations above 0, Infinity included, and 0 only where it is meant', () => {
  expect(taken(duration(1), [0, -1, 0.5, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, ...never])).toEqual([
    0.5,
    1,
    Number.POSITIVE_INFINITY,
  ])
  expect(taken(duration(1, true), [0, -1, 7])).toEqual([0, 7])
})

it('takes whole numbers for counts, and Infinity only where there need be no limit', () => {
  const values = [-1, 0, 1, 1.5, 2, Number.POSITIVE_INFINITY, ...never]
  expect(taken(count(1), values)).toEqual([1, 2])
  expect(taken(count(1, true), values)).toEqual([1, 2, Number.POSITIVE_INFINITY])
  expect(taken(natural(1), values)).toEqual([0, 1, 2])
  expect(taken(natural(1, true), values)).toEqual([0, 1, 2, Number.POSITIVE_INFINITY])
})

it('takes shares from 0 to 1', () => {
  expect(taken(share(0), [-0.1, 0, 0.5, 1, 1.1, ...never])).toEqual([0, 0.5, 1])
})

it('takes flags, texts, words, functions and objects of exactly that type', () => {
  const noop = () => {}
  expect(taken(flag(true), [true, false, 0, 'true'])).toEqual([true, false])
  expect(taken(text('a'), ['b', '', 3])).toEqual(['b'])
  expect(taken(oneOf('a', 'b'), ['a', 'b', 'c', ''])).toEqual(['a', 'b'])
  expect(taken(fn(noop), [noop, {}, null])).toEqual([noop])
  expect(taken(object({}), [{}, [], null, noop])).toEqual([{}])
})

it('fills in what is left out, or given as undefined', () => {
  const readers = { timeout: duration(30), order: oneOf('fifo', 'lifo') }
  expect(readGroup('g', undefined, readers)).toEqual({ timeout: 30, order: 'fifo' })
  expect(readGroup('g', { timeout: undefined, order: 'lifo' }, readers)).toEqual({ timeout: 30, order: 'lifo' })
})

it('names the option by its path, the value and what is allowed', () => {
  const read = () => readGroup('connect', { timeout: -1 }, { timeout: duration(30) })
  expect(read).toThrow(InvalidOptionError)
  expect(read).toThrow(
    'Invalid option connect.timeout: -1. Allowed: milliseconds as a number above 0; Infinity switches it off',
  )
})

it('suggests the nearest name for one that does not exist', () => {
  const readers = { timeout: duration(30), concurrency: count(2) }
  expect(() => readGroup('health', { timout: 5 }, readers)).toThrow(
    'Invalid option health.timout: 5. Allowed: no option of this name; there are timeout, concurrency. Did you mean timeout?',
  )
  expect(() => readGroup('health', { TimeOut: 5 }, readers)).toThrow('Did you mean timeout?')
  expect(() => readGroup('health', { concurency: 5 }, readers)).toThrow('Did you mean concurrency?')
})

it('suggests nothing where no name is near', () => {
  expect(() => readGroup('', { colour: 'red' }, { timeout: duration(30) })).toThrow(
    /^Invalid option colour: 'red'\. Allowed: no option of this name; there are timeout$/,
  )
})

it('refuses a group that is not an object', () => {
  for (const group of [null, 5, 'fast', [], () => {}]) {
    expect(() => readGroup('idle', group, {}), String(group)).toThrow(/Invalid option idle: .*Allowed: an object/)
  }
})
