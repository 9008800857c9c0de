import { InvalidOptionError } from '../errors/invalid-option-error.js'

/** How one option is read: what it is when left out, what it may be, and that in words. */
export interface Reader<T> {
  readonly fallback: T
  readonly allowed: string
  accepts(value: unknown): boolean
}

type Values<S> = { readonly [K in keyof S]: S[K] extends Reader<infer T> ? T : never }

const isNumber = (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value)

/** ms, more than 0 (or 0 as well), `Infinity` for off. */
export function duration(fallback: number, zero = false): Reader<number> {
  return {
    fallback,
    allowed: `milliseconds as a number ${zero ? 'of at least' : 'above'} 0; Infinity switches it off`,
    accepts: (v) => isNumber(v) && (v > 0 || (zero && v === 0)),
  }
}

function whole(fallback: number, least: number, endless: boolean): Reader<number> {
  return {
    fallback,
    allowed: `a whole number of at least ${least}${endless ? ', or Infinity for no limit' : ''}`,
    accepts: (v) => isNumber(v) && v >= least && (Number.isInteger(v) || (endless && v === Number.POSITIVE_INFINITY)),
  }
}

/** 1, 2, 3 … */
export const count = (fallback: number, endless = false): Reader<number> => whole(fallback, 1, endless)

/** 0, 1, 2 … */
export const natural = (fallback: number, endless = false): Reader<number> => whole(fallback, 0, endless)

/** A share, 0 to 1. */
export function share(fallback: number): Reader<number> {
  return { fallback, allowed: 'a number from 0 to 1', accepts: (v) => isNumber(v) && v >= 0 && v <= 1 }
}

export function flag(fallback: boolean): Reader<boolean> {
  return { fallback, allowed: 'true or false', accepts: (v) => typeof v === 'boolean' }
}

export function text(fallback = ''): Reader<string> {
  return { fallback, allowed: 'a text that is not empty', accepts: (v) => typeof v === 'string' && v !== '' }
}

/** One of a few words; the first is the default. */
export function oneOf<const T extends string>(...words: [T, ...T[]]): Reader<T> {
  return {
    fallback: words[0],
    allowed: words.map((word) => `'${word}'`).join(' or '),
    accepts: (v) => (words as unknown[]).includes(v),
  }
}

export function fn<T extends (...args: never[]) => unknown>(fallback: T): Reader<T> {
  return { fallback, allowed: 'a function', accepts: (v) => typeof v === 'function' }
}

export function object<T extends object>(fallback: T): Reader<T> {
  return { fallback, allowed: 'an object', accepts: isObject }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A group that is off, on with its defaults (`true`), or given. */
export function optional(fallback: false): Reader<unknown> {
  return { fallback, allowed: 'true, false or an object', accepts: (v) => typeof v === 'boolean' || isObject(v) }
}

/** Reads a group that may be off. */
export function readOptional<S extends Record<string, Reader<unknown>>>(
  group: string,
  given: unknown,
  readers: S,
): Values<S> | undefined {
  return given === false ? undefined : readGroup(group, given === true ? {} : given, readers)
}

/** Reads one group of options by its readers. A name that has none is refused, with the nearest one that has. */
export function readGroup<S extends Record<string, Reader<unknown>>>(
  group: string,
  given: unknown,
  readers: S,
  alsoKnown: readonly string[] = [],
): Values<S> {
  if (given !== undefined && !isObject(given)) throw new InvalidOptionError(group || 'options', given, 'an object')
  const options = given ?? {}
  const known = Object.keys(readers)
  const path = (name: string) => (group === '' ? name : `${group}.${name}`)
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new InvalidOptionError(path(name), options[name], suggest(name, [...known, ...alsoKnown]))
  }
  const values: Record<string, unknown> = {}
  for (const name of known) {
    const value = options[name]
    const reader = readers[name] as Reader<unknown>
    if (value !== undefined && !reader.accepts(value)) throw new InvalidOptionError(path(name), value, reader.allowed)
    values[name] = value === undefined ? reader.fallback : value
  }
  return values as Values<S>
}

/** What to say of a name that is no option: which there are, and the nearest. */
export function suggest(name: string, known: readonly string[]): string {
  const all = `no option of this name; there are ${known.join(', ')}`
  const near = known
    .map((word) => ({ word, edits: editsBetween(name.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)[0]
  return near === undefined || near.edits > 2 ? all : `${all}. Did you mean ${near.word}?`
}

/** Letters to change, add or take away (Levenshtein 1965); one that begins with the other is one step away. */
function editsBetween(a: string, b: string): number {
  if (a.startsWith(b) || b.startsWith(a)) return a === b ? 0 : 1
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const edit = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(edit, (previous[j] as number) + 1, (row[j - 1] as number) + 1))
    }
    previous = row
  }
  return previous[b.length] as number
}
