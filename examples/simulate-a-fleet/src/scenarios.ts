import type { ConnectOptions } from '@millpond/core'
import type { Fleet } from './fleet.js'

/** Fleets of twenty processes that are to be compared, by what is special about their pools. */
export interface Comparison {
  readonly title: string
  readonly fleets: Readonly<Record<string, Fleet>>
}

/** At two connections a process, what differs is how they come back. */
export const returns: Comparison = {
  title: 'how the pools come back, with size.max 2',
  fleets: {
    'no backoff': fleet(2, { backoff: { initialDelay: 10, factor: 1, jitter: 0 } }),
    'backoff without jitter': fleet(2, { backoff: { jitter: 0 } }),
    'backoff (the default)': fleet(2, {}),
    '… with a breaker': fleet(2, { breaker: { failures: 3, cooldown: 1_000 } }),
    '… of 1 s at most, jitter 0.5': fleet(2, { backoff: { maxDelay: 1_000, jitter: 0.5 } }),
  },
}

/** Coming back by default, what differs is how large they are: twenty times ten are more than the database admits. */
export const sizes: Comparison = {
  title: 'how large the pools are, with the default backoff',
  fleets: {
    'size.max 2': fleet(2, {}),
    'size.max 5': fleet(5, {}),
    '… connect.concurrency 1': fleet(5, { concurrency: 1 }),
    'size.max 10': fleet(10, {}),
    '… idle.timeout 2 s': fleet(10, {}, 2_000),
  },
}

/** Its database is down from second 10 to second 15. */
function fleet(max: number, connect: ConnectOptions, idleTimeout = 30_000): Fleet {
  return {
    processes: 20,
    pool: { size: { min: 1, max }, acquire: { timeout: 1_000 }, connect, idle: { timeout: idleTimeout } },
    rate: 800,
    work: 5,
    database: { maxSessions: 100, login: { time: 30, atOnce: 5 } },
    restart: { at: 10_000, downFor: 5_000 },
    duration: 60_000,
    seed: 1,
  }
}
