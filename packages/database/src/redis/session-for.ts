import { InvalidOptionError } from '@millpond/core'
import { IoRedisSession, isIoRedisClient } from './ioredis-session.js'
import { isNodeRedisClient, NodeRedisSession } from './node-redis-session.js'
import type { RedisSession } from './redis-session.js'

const allowed =
  'a function that returns, at each call, a new client of one connection: createClient() of "redis", or new Redis() of "ioredis"'

/** Which of the two drivers a client is of shows in its shape. Throws `InvalidOptionError` when it is neither. */
export function sessionFor(client: unknown): RedisSession {
  if (typeof client === 'object' && client !== null) {
    if (isIoRedisClient(client)) return new IoRedisSession(client)
    if (isNodeRedisClient(client)) return new NodeRedisSession(client)
  }
  throw new InvalidOptionError('client', `a function that returned ${describe(client)}`, allowed)
}

/** Two connections of the pool would be one. Throws `InvalidOptionError`. */
export function refuseShared(): never {
  throw new InvalidOptionError('client', 'a function that returned the same client again', allowed)
}

/** Not the value: it may be options, with a password. */
function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return value.constructor?.name ?? 'an object'
}
