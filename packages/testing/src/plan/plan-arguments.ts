import { parseArgs } from 'node:util'
import { meanOf } from '../simulation/latency.js'
import { type PlanRequest, serviceOf } from './plan-request.js'
import { UsageError } from './usage-error.js'

export interface PlanArguments {
  readonly request: PlanRequest
  /** File for the plot. */
  readonly svg: string | undefined
  readonly json: boolean
}

/** Enough for a p99 that another seed changes little. */
const REQUESTS = 100_000
/** Services and opens, one after the other: where requests are many, and long. */
const GENERATIONS = 100
/** Seconds at most: where requests are rare. */
const A_WEEK = 604_800
const TIMEOUT = 30_000

const text = { type: 'string' } as const
const names = ['rate', 'p50', 'p99', 'connect', 'target', 'max', 'min', 'timeout', 'duration', 'seed'] as const
type NumberName = (typeof names)[number]

/** Reads what follows `millpond plan`. Throws `UsageError`. */
export function readPlanArguments(argv: readonly string[]): PlanArguments {
  const values = parse(argv)
  const number = (name: NumberName) => numberOf(name, values[name])
  const required = (name: NumberName) => {
    const value = number(name)
    if (value === undefined) throw new UsageError(`--${name} is missing`)
    return value
  }
  const rate = above0('rate', required('rate'))
  const p50 = above0('p50', required('p50'))
  const p99 = number('p99')
  if (p99 !== undefined && p99 < p50) refuse('p99', p99, `at least --p50 (${p50}) is needed`)
  const connect = atLeast0('connect', required('connect'))
  const target = above0('target', required('target'))
  const max = whole('max', required('max'), 1)
  const min = whole('min', number('min') ?? 0, 0)
  if (min > max) refuse('min', min, `at most --max (${max}) is needed`)
  const timeout = number('timeout') ?? TIMEOUT
  if (!(timeout > target)) refuse('timeout', timeout, `more than --target (${target}) is needed`)
  const service = meanOf(serviceOf({ p50, p99 }))
  const requests = Math.min(REQUESTS / rate, A_WEEK)
  const enough = Math.max(requests, (GENERATIONS * (service + connect)) / 1_000)
  const duration = above0('duration', number('duration') ?? enough) * 1_000
  const seed = whole('seed', number('seed') ?? 1, Number.MIN_SAFE_INTEGER)
  const request = { rate, p50, p99, connect, target, max, min, timeout, duration, seed }
  return { request, svg: values.svg, json: values.json ?? false }
}

function parse(argv: readonly string[]) {
  const options = {
    ...(Object.fromEntries(names.map((name) => [name, text])) as Record<NumberName, typeof text>),
    svg: text,
    json: { type: 'boolean' },
  } as const
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

function numberOf(name: NumberName, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const number = value.trim() === '' ? Number.NaN : Number(value)
  return Number.isFinite(number) ? number : refuse(name, value, 'a number is needed')
}

function above0(name: NumberName, value: number): number {
  return value > 0 ? value : refuse(name, value, 'a number above 0 is needed')
}

function atLeast0(name: NumberName, value: number): number {
  return value >= 0 ? value : refuse(name, value, 'a number of at least 0 is needed')
}

function whole(name: NumberName, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value
  return refuse(name, value, `a whole number${least < 0 ? '' : ` of at least ${least}`} is needed`)
}

function refuse(name: NumberName, value: number | string, needed: string): never {
  throw new UsageError(`--${name} ${value}: ${needed}`)
}
