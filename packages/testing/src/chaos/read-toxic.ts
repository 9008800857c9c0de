import { InvalidOptionError } from '@millpond/core'
import type { CompleteToxic, Toxic } from './toxic.js'

/** What one field may be; without a fallback it must be given. */
interface Field {
  readonly fallback?: unknown
  readonly allowed: string
  accepts(value: unknown): boolean
}

/** The longest that timers of Node take. */
const LONGEST = 2 ** 31 - 1

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

const milliseconds: Field = {
  allowed: `milliseconds as a number from 0 to ${LONGEST}`,
  accepts: (value) => isNumber(value) && value >= 0 && value <= LONGEST,
}

function wholeNumber(least: number): Field {
  return {
    allowed: `a whole number of at least ${least}`,
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= least,
  }
}

const attributes: Record<Toxic['type'], Record<string, Field>> = {
  latency: { latency: milliseconds, jitter: { ...milliseconds, fallback: 0 } },
  bandwidth: {
    rate: { allowed: 'kB a second, a number above 0', accepts: (value) => isNumber(value) && value > 0 },
  },
  slicer: {
    averageSize: wholeNumber(1),
    sizeVariation: { ...wholeNumber(0), fallback: 0 },
    delay: { ...milliseconds, fallback: 0 },
  },
  timeout: { timeout: milliseconds },
  reset_peer: { timeout: { ...milliseconds, fallback: 0 } },
  slow_close: { delay: milliseconds },
  limit_data: { bytes: wholeNumber(0) },
  down: {},
}

const common: Record<string, Field> = {
  stream: {
    fallback: 'downstream',
    allowed: "'upstream' or 'downstream'",
    accepts: (value) => value === 'upstream' || value === 'downstream',
  },
  toxicity: {
    fallback: 1,
    allowed: 'a number from 0 to 1',
    accepts: (value) => isNumber(value) && value >= 0 && value <= 1,
  },
}

/** The toxic complete. Throws `InvalidOptionError` for what is missing, unknown or out of range. */
export function readToxic(given: Toxic): CompleteToxic {
  if (typeof given !== 'object' || given === null) {
    throw new InvalidOptionError('toxic', given, 'an object with a type and its attributes')
  }
  const { type, name, ...rest } = given
  if (!Object.hasOwn(attributes, type)) {
    throw new InvalidOptionError('type', type, `one of ${Object.keys(attributes).join(', ')}`)
  }
  const fields = type === 'down' ? attributes.down : { ...common, ...attributes[type] }
  const values = readFields(type, rest, fields)
  const toxic = { type, name: readName(name, defaultName(type, values.stream)), ...values } as CompleteToxic
  if (toxic.type === 'slicer' && toxic.sizeVariation >= toxic.averageSize) {
    throw new InvalidOptionError('sizeVariation', toxic.sizeVariation, `less than averageSize (${toxic.averageSize})`)
  }
  return toxic
}

function readFields(type: string, given: Record<string, unknown>, fields: Record<string, Field>) {
  for (const option of Object.keys(given)) {
    if (!Object.hasOwn(fields, option)) {
      const known = ['type', 'name', ...Object.keys(fields)].join(', ')
      throw new InvalidOptionError(option, given[option], `no such attribute of ${type}, which has ${known}`)
    }
  }
  return Object.fromEntries(
    Object.entries(fields).map(([option, field]) => {
      const value = given[option] ?? field.fallback
      if (!field.accepts(value)) throw new InvalidOptionError(option, given[option], field.allowed)
      return [option, value]
    }),
  )
}

function defaultName(type: string, stream: unknown): string {
  return stream === undefined ? type : `${type}_${stream}`
}

function readName(name: unknown, fallback: string): string {
  if (name === undefined) return fallback
  if (typeof name === 'string' && name !== '') return name
  throw new InvalidOptionError('name', name, 'a text that is not empty')
}
