import { InvalidOptionError, type Pool } from '@millpond/core'
import type { FaultSchedule } from './fault.js'
import { type Load, type LoadStream, streamsOf } from './load.js'
import type { SimulatedAdapterOptions } from './simulated-adapter.js'
import type { PoolParts, SimulatedPoolOptions } from './simulated-pool.js'
import type { SimulatedResource } from './simulated-resource.js'

export interface SimulateOptions {
  /** Options of the pool; with `total`, `perKey` or `maxKeys`, or a load that names keys, of a keyed one. Default: a
   * pool's defaults. `clock` and `random` are the simulation's. */
  readonly options?: SimulatedPoolOptions
  /** A pool of your own making instead, of the parts it is given: composed, wrapped, with policies that know of each
   * other. What depends on its options is then not checked. */
  readonly pool?: (parts: PoolParts) => Pool<SimulatedResource>
  /** How long its connections take to open, check, reset and close. Default: no time, no check, no reset. */
  readonly adapter?: Omit<SimulatedAdapterOptions, 'clock' | 'random' | 'seed' | 'faults'>
  /** What goes wrong. Default nothing. */
  readonly faults?: FaultSchedule
  /** What is asked of the pool. */
  readonly load: Load
  /** ms of virtual time in which requests come. Then those that are under way are seen through, and the pool closes. */
  readonly duration: number
  /** ms at the beginning of which requests are not reported. Default 0. */
  readonly warmup?: number
  /** Default 1. */
  readonly seed?: number
  /** Moments at which the pool is looked at, for the timeline and for the invariants. Default 100. */
  readonly samples?: number
  /** 'basic' (default) checks what costs little; 'full' follows every connection through its statechart as well. */
  readonly checks?: 'basic' | 'full'
  /** Told at each sample which share of the duration has passed, 0 to 1. */
  readonly onProgress?: (share: number) => void
}

/** The options complete. */
export interface ResolvedSimulation {
  readonly options: SimulatedPoolOptions
  readonly pool: SimulateOptions['pool']
  readonly hasKeys: boolean
  readonly adapter: SimulatedAdapterOptions
  readonly streams: readonly LoadStream[]
  readonly duration: number
  readonly warmup: number
  readonly seed: number
  readonly samples: number
  readonly checks: 'basic' | 'full'
  readonly onProgress: (share: number) => void
}

const known = [
  'options',
  'pool',
  'adapter',
  'faults',
  'load',
  'duration',
  'warmup',
  'seed',
  'samples',
  'checks',
  'onProgress',
]

/** Throws `InvalidOptionError`. What the pool and its adapter are given they check themselves. */
export function resolveSimulation(given: SimulateOptions): ResolvedSimulation {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('options', given, 'an object')
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new InvalidOptionError(name, given[name as keyof SimulateOptions], `one of ${known.join(', ')}`)
    }
  }
  const { pool, duration, warmup = 0, seed = 1, samples = 100, checks = 'basic', faults = [] } = given
  if (pool !== undefined && typeof pool !== 'function') throw new InvalidOptionError('pool', pool, 'a function')
  if (pool !== undefined && given.options !== undefined) {
    throw new InvalidOptionError('options', given.options, 'nothing beside pool, which has its own')
  }
  if (!(Number.isFinite(duration) && duration > 0)) {
    throw new InvalidOptionError('duration', duration, 'a finite number of ms above 0')
  }
  if (!(warmup >= 0 && warmup < duration)) {
    throw new InvalidOptionError('warmup', warmup, `a number of ms from 0 to below duration (${duration})`)
  }
  if (!(Number.isInteger(samples) && samples >= 1)) {
    throw new InvalidOptionError('samples', samples, 'a whole number of at least 1')
  }
  if (checks !== 'basic' && checks !== 'full') throw new InvalidOptionError('checks', checks, "'basic' or 'full'")
  const streams = streamsOf(given.load)
  const options = given.options ?? {}
  const namesKeys = streams.some(({ key }) => key !== undefined)
  if (pool !== undefined && namesKeys) throw new InvalidOptionError('load.key', namesKeys, 'nothing beside pool')
  const hasKeys =
    namesKeys || options.total !== undefined || options.perKey !== undefined || options.maxKeys !== undefined
  const adapter = { ...given.adapter, faults }
  const onProgress = given.onProgress ?? (() => {})
  return { options, pool, hasKeys, adapter, streams, duration, warmup, seed, samples, checks, onProgress }
}
