import { InvalidOptionError } from '@millpond/core'
import { checkLatency, type Latency } from './latency.js'

/** When requests come, as plain data. Rates are requests a second; everything else is ms. */
export type Arrivals =
  | { readonly kind: 'poisson'; readonly rate: number }
  | {
      readonly kind: 'bursty'
      readonly rate: number
      readonly peak: number
      readonly calm: Latency
      readonly burst: Latency
    }
  | { readonly kind: 'timestamps'; readonly at: readonly number[] }
  | { readonly kind: 'closed'; readonly clients: number; readonly think: Latency }

/** Requests of one kind: each acquires, holds its connection for its service time, and gives it back. */
export interface LoadStream {
  readonly arrivals: Arrivals
  /** How long a request holds its connection. */
  readonly service: Latency
  /** ms that it waits for one. Default: the pool's `acquire.timeout`. */
  readonly patience?: Latency
  /** How it leaves when its patience is at an end: by `acquire({ timeout })` (default) or by its signal. */
  readonly leaves?: 'timeout' | 'abort'
  /** On whose behalf: `acquire({ client })`, one of them at random. */
  readonly client?: string | readonly string[]
  /** Where to, in a keyed pool: one of them at random. */
  readonly key?: string | readonly string[]
  /** `acquire({ priority })`. */
  readonly priority?: number
  /** Share of requests that want a fresh connection, 0 to 1. Default 0. */
  readonly fresh?: number
  /** Shares of leases that end by `retire()` or `destroy()` rather than `release()`, 0 to 1 each. Default 0. */
  readonly ends?: { readonly retire?: number; readonly destroy?: number }
}

/** Everything that is asked of a pool. */
export type Load = LoadStream | readonly LoadStream[]

/** Requests at random moments, `rate` a second on average, that know nothing of one another: many independent users. */
export function poisson(given: { readonly rate: number }): Arrivals {
  return checkedArrivals({ kind: 'poisson', rate: given.rate })
}

/** Poisson arrivals at `rate` a second, and at `peak` a second in bursts: calm and bursts take turns, each as long as it
 * draws (ms). (A Markov-modulated Poisson process, where both are exponential) */
export function bursty(given: {
  readonly rate: number
  readonly peak: number
  readonly calm: Latency
  readonly burst: Latency
}): Arrivals {
  const { rate, peak, calm, burst } = given
  return checkedArrivals({ kind: 'bursty', rate, peak, calm, burst })
}

/** Requests at these moments, in ms from the beginning: a recorded load. */
export function timestamps(at: readonly number[]): Arrivals {
  return checkedArrivals({ kind: 'timestamps', at: Array.isArray(at) ? at.toSorted((a, b) => a - b) : at })
}

/** `clients` that ask, are served, think, and ask again: a load that slows down with the pool. One that was refused
 * thinks for 1 ms at least. */
export function closed(given: { readonly clients: number; readonly think: Latency }): Arrivals {
  return checkedArrivals({ kind: 'closed', clients: given.clients, think: given.think })
}

/** The streams of a load. Throws `InvalidOptionError` that names what makes no sense. */
export function streamsOf(load: Load): readonly LoadStream[] {
  const streams = Array.isArray(load) ? (load as readonly LoadStream[]) : [load as LoadStream]
  if (streams.length === 0) throw new InvalidOptionError('load', load, 'at least one stream of requests')
  for (const [n, stream] of streams.entries()) checkStream(Array.isArray(load) ? `load[${n}]` : 'load', stream)
  return streams
}

const known = ['arrivals', 'service', 'patience', 'leaves', 'client', 'key', 'priority', 'fresh', 'ends']

function checkStream(name: string, stream: LoadStream): void {
  if (typeof stream !== 'object' || stream === null) throw new InvalidOptionError(name, stream, 'an object')
  const refuse = (field: string, value: unknown, allowed: string): never => {
    throw new InvalidOptionError(`${name}.${field}`, value, allowed)
  }
  for (const field of Object.keys(stream)) {
    if (!known.includes(field)) refuse(field, stream[field as keyof LoadStream], `one of ${known.join(', ')}`)
  }
  const { arrivals, service, patience, leaves = 'timeout', client, key, priority = 0, fresh = 0, ends = {} } = stream
  checkArrivals(`${name}.arrivals`, arrivals)
  checkLatency(`${name}.service`, service)
  if (patience !== undefined) checkLatency(`${name}.patience`, patience)
  if (leaves !== 'timeout' && leaves !== 'abort') refuse('leaves', leaves, "'timeout' or 'abort'")
  if (leaves === 'abort' && patience === undefined) refuse('leaves', leaves, 'a patience beside it')
  checkNames(`${name}.client`, client)
  checkNames(`${name}.key`, key)
  if (!Number.isFinite(priority)) refuse('priority', priority, 'a finite number')
  const { retire = 0, destroy = 0 } = ends
  for (const [field, share] of Object.entries({ fresh, 'ends.retire': retire, 'ends.destroy': destroy })) {
    if (!(share >= 0 && share <= 1)) refuse(field, share, 'a number from 0 to 1')
  }
  if (retire + destroy > 1) refuse('ends', ends, 'shares of 1 at most together')
}

function checkNames(option: string, names: string | readonly string[] | undefined): void {
  if (names === undefined) return
  const list = [names].flat()
  if (list.length > 0 && list.every((name) => typeof name === 'string' && name !== '')) return
  throw new InvalidOptionError(option, names, 'a text that is not empty, or an array of such')
}

function checkedArrivals(arrivals: Arrivals): Arrivals {
  checkArrivals(arrivals.kind, arrivals)
  return arrivals
}

function checkArrivals(name: string, arrivals: Arrivals): void {
  const positive = (field: string, value: number) => {
    if (!(Number.isFinite(value) && value > 0)) {
      throw new InvalidOptionError(`${name}.${field}`, value, 'a finite number above 0, requests a second')
    }
  }
  switch (arrivals?.kind) {
    case 'poisson':
      positive('rate', arrivals.rate)
      break
    case 'bursty':
      positive('rate', arrivals.rate)
      positive('peak', arrivals.peak)
      checkPhase(`${name}.calm`, arrivals.calm)
      checkPhase(`${name}.burst`, arrivals.burst)
      break
    case 'timestamps':
      checkTimestamps(`${name}.at`, arrivals.at)
      break
    case 'closed':
      if (!(Number.isInteger(arrivals.clients) && arrivals.clients >= 1)) {
        throw new InvalidOptionError(`${name}.clients`, arrivals.clients, 'a whole number of at least 1')
      }
      checkLatency(`${name}.think`, arrivals.think)
      break
    default:
      throw new InvalidOptionError(name, arrivals, 'poisson(), bursty(), timestamps() or closed()')
  }
}

/** One that takes no time would never end. */
function checkPhase(option: string, latency: Latency): void {
  checkLatency(option, latency)
  const ms = typeof latency === 'number' ? latency : latency.kind === 'constant' ? latency.ms : undefined
  const isNothing =
    ms === 0 || (typeof latency === 'object' && latency.kind === 'empirical' && latency.samples.includes(0))
  if (isNothing) throw new InvalidOptionError(option, latency, 'durations above 0')
}

function checkTimestamps(option: string, at: readonly number[]): void {
  if (!Array.isArray(at)) throw new InvalidOptionError(option, at, 'an array of moments in ms')
  let last = 0
  for (const [n, moment] of at.entries()) {
    if (!(Number.isFinite(moment) && moment >= last)) {
      throw new InvalidOptionError(`${option}[${n}]`, moment, 'moments in ms of at least 0, in their order')
    }
    last = moment
  }
}
