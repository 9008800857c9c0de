import { createPool as createCorePool, InvalidOptionError, type Pool, type PoolOptions } from '@millpond/core'
import { redisAdapter } from './redis-adapter.js'
import type { RedisClient } from './redis-client.js'

/**
 * A pool of Redis clients, for what needs a connection of its own: blocking commands, WATCH and MULTI, Pub/Sub.
 * Everything else one client does as well, which sends the commands of many callers at once.
 *
 * `client` is called for every connection and returns a new client, not yet connected, of node-redis (`redis` 4.6 to 6)
 * or of ioredis (5.3 to 6; with or without `lazyConnect`); which of them, its shape tells. The pool connects, checks and
 * closes it, and switches its reconnection off: under a borrower no session is replaced by a new one. `options` are the
 * core's; `connect.backoff.maxDelay` defaults to 1 000 ms.
 *
 * Between two leases subscriptions are dropped, DISCARD and UNWATCH undo what is open, the database and the client's
 * name are put back. A client that is blocked then, or has changed in other ways, is closed instead.
 *
 * Throws `InvalidOptionError` for what the core refuses. A `client` that returns something else, or the same client
 * twice, fails the connect with one.
 *
 * ```ts
 * const pool = createPool(() => createClient({ url: 'redis://127.0.0.1' }), { size: { max: 20 } })
 * const job = await pool.use((client) => client.blPop('jobs', 5))
 * ```
 */
export function createPool<C extends RedisClient>(client: () => C, options: PoolOptions<C> = {}): Pool<C> {
  if (typeof client !== 'function') {
    // Not the value: it may be options, with a password.
    throw new InvalidOptionError('client', typeof client, 'a function that returns a new, unconnected client')
  }
  const backoff = { maxDelay: 1_000, ...options.connect?.backoff }
  return createCorePool(redisAdapter(client), { ...options, connect: { ...options.connect, backoff } })
}
