import { type Contender, type PoolSetup, standardSetup } from '../contender.js'
import { openAll } from './open-all.js'

interface Entry {
  /** What is set, beside ten connections and an acquire timeout of 30 s, and what its documentation has to say for it. */
  readonly tuning: string
  /** Loaded by name, so that a process has in it the one pool it measures and no other. */
  load(setup: PoolSetup): Promise<Contender>
}

const entries = {
  floor: {
    tuning: 'an array popped and a promise; no limit, no timeout, no check',
    load: async (setup) => (await import('./floor.js')).floor(setup),
  },
  millpond: {
    tuning: 'its defaults',
    load: async (setup) => (await import('./millpond.js')).millpond(setup),
  },
  'generic-pool': {
    tuning: 'its defaults: `testOnBorrow` off, no eviction',
    load: async (setup) => (await import('./generic-pool.js')).genericPool(setup),
  },
  'lightning-pool': {
    tuning: 'its defaults, and `maxQueue` so high that nobody is refused',
    load: async (setup) => (await import('./lightning-pool.js')).lightningPool(setup),
  },
  'sequelize-pool': {
    tuning: 'its defaults; `validate`, on which it insists, answers true',
    load: async (setup) => (await import('./sequelize-pool.js')).sequelizePool(setup),
  },
  tarn: {
    tuning: 'its defaults; `min: 0`, as its documentation advises',
    load: async (setup) => (await import('./tarn.js')).tarn(setup),
  },
  effect: {
    tuning:
      '`Pool.make`, of fixed size, and `Pool.use` in a fiber, which saves the scope that `Pool.get` needs; alone, a fiber ' +
      'does not suspend, with others it holds the connection for a microtask; it has no acquire timeout',
    load: async (setup) => (await import('./effect.js')).effectPool(setup),
  },
  'pg-pool': {
    tuning: 'its defaults, on a client without a server',
    load: async (setup) => (await import('./pg-pool.js')).pgPool(setup),
  },
  mysql2: {
    tuning:
      '`maxIdle` at its default, all, which spares it the timer; connections to its own server side within the ' +
      'process; it has no acquire timeout',
    load: async (setup) => (await import('./mysql2.js')).mysql2(setup),
  },
  mongodb: {
    tuning:
      'the `ConnectionPool` of the driver, by `checkOut` and `checkIn`, on connections that shake hands with nobody; ' +
      'events and logs without a listener',
    load: async (setup) => (await import('./mongodb.js')).mongodb(setup),
  },
} satisfies Record<string, Entry>

export type ContenderName = keyof typeof entries

export const contenderNames = Object.keys(entries) as ContenderName[]
export const peers = contenderNames.filter((name) => name !== 'floor' && name !== 'millpond')

/** How each is tuned, in a line for the report. */
export const tunings = Object.fromEntries(contenderNames.map((name) => [name, entries[name].tuning])) as Readonly<
  Record<ContenderName, string>
>

/** Nothing is open yet, unless the pool opens of its own accord. */
export function loadContender(name: ContenderName, setup: PoolSetup = standardSetup): Promise<Contender> {
  return entries[name].load(setup)
}

/** Resolves when all its connections are open. */
export async function createContender(name: ContenderName, setup: PoolSetup = standardSetup): Promise<Contender> {
  const contender = await loadContender(name, setup)
  await openAll(contender, setup.connections)
  return contender
}
