import type { ConnectOptions, PoolOptions } from '@millpond/core'
import type { Fleet } from './fleet.js'
import type { Session } from './session.js'

/** A fleet of twenty, whose database is down for five seconds, after ten. */
const fleet: Omit<Fleet, 'pool'> = {
  processes: 20,
  rate: 800,
  work: 5,
  database: { maxSessions: 100, login: { time: 30, atOnce: 5 }, cores: 8, contention: 0.02 },
  restart: { at: 10_000, downFor: 5_000 },
  duration: 60_000,
  seed: 1,
}

function withPool(size: number, connect: ConnectOptions): Fleet {
  const pool: PoolOptions<Session> = { size: { min: 1, max: size }, acquire: { timeout: 1_000 }, connect }
  return { ...fleet, pool }
}

const noBackoff = { initialDelay: 10, factor: 1, jitter: 0 }
/** The defaults but for one. */
const noJitter = { jitter: 0 }
const sooner = { maxDelay: 1_000, jitter: 0.5 }
const breaker = { failures: 3, cooldown: 1_000 }

/** How processes come back to a database: each pool has two connections at most. */
export const returns: Readonly<Record<string, Fleet>> = {
  'no backoff': withPool(2, { backoff: noBackoff }),
  backoff: withPool(2, { backoff: noJitter }),
  'backoff, jitter': withPool(2, {}),
  '… and a breaker': withPool(2, { breaker }),
  'sooner, more jitter': withPool(2, { backoff: sooner }),
}

/** How large their pools are: with the backoff and the jitter that pools have by default. */
export const sizes: Readonly<Record<string, Fleet>> = {
  'size.max 1': withPool(1, {}),
  'size.max 2': withPool(2, {}),
  'size.max 5': withPool(5, {}),
  'size.max 10': withPool(10, {}),
}
