import type { Pool } from '@millpond/core'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { createPool } from '../../src/redis.js'

describe('the types of a pool of redis clients', () => {
  it('are those of the client that its factory returns', async () => {
    const nodeRedis = createPool(() => createClient({ url: 'redis://127.0.0.1' }))
    const ioredis = createPool(() => new Redis({ lazyConnect: true }))
    expectTypeOf(ioredis).toEqualTypeOf<Pool<Redis>>()
    const compiled = async () => {
      const popped = await nodeRedis.use((client) => client.blPop('jobs', 5))
      expectTypeOf(popped).toEqualTypeOf<{ key: string; element: string } | null>()
      const moved = await ioredis.use(async (client, lease) => {
        expectTypeOf(lease.resource).toEqualTypeOf<Redis>()
        return client.blmove('a', 'b', 'LEFT', 'RIGHT', 5)
      })
      expectTypeOf(moved).toEqualTypeOf<string | null>()
      // @ts-expect-error: options are no client.
      createPool(() => ({ url: 'redis://127.0.0.1' }))
      // @ts-expect-error: a client that connects is not a new one.
      createPool(() => createClient().connect())
    }
    expect(compiled).toBeTypeOf('function')
    await Promise.all([nodeRedis.close(), ioredis.close()])
  })
})
