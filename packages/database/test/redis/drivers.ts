import type { Pool, PoolOptions } from '@millpond/core'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { createPool, type RedisClient } from '../../src/redis.js'

export interface ClientOptions {
  readonly port: number
  readonly name?: string
  readonly db?: number
  readonly username?: string
  readonly password?: string
  readonly resp?: 2 | 3
}

type NodeRedis = ReturnType<typeof createClient>

/** Both drivers, each with what the tests ask in its own words. */
export interface DriverUnderTest<C extends RedisClient> {
  readonly driver: string
  make(options: ClientOptions): C
  pool(options: ClientOptions, poolOptions?: PoolOptions<C>): Pool<C>
  ask(client: C, ...command: string[]): Promise<unknown>
}

const nodeRedis = {
  driver: 'node-redis',
  make({ port, name, db = 0, username, password, resp = 3 }: ClientOptions): NodeRedis {
    return createClient({
      socket: { port, host: '127.0.0.1' },
      database: db,
      RESP: resp,
      ...(name !== undefined && { name }),
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
    }) as NodeRedis
  },
  pool: (options: ClientOptions, poolOptions?: PoolOptions<NodeRedis>) =>
    createPool(() => nodeRedis.make(options), poolOptions),
  ask: (client: NodeRedis, ...command: string[]) => client.sendCommand(command),
}

const ioredis = {
  driver: 'ioredis',
  make({ port, name, resp = 3, ...rest }: ClientOptions): Redis {
    return new Redis({
      port,
      host: '127.0.0.1',
      lazyConnect: true,
      protocol: resp,
      ...rest,
      ...(name !== undefined && { connectionName: name }),
    })
  },
  pool: (options: ClientOptions, poolOptions?: PoolOptions<Redis>) =>
    createPool(() => ioredis.make(options), poolOptions),
  ask: (client: Redis, ...[command = '', ...args]: string[]) => client.call(command, ...args),
}

export { ioredis, nodeRedis }

// biome-ignore lint/suspicious/noExplicitAny: what both have in common is asked through `ask`.
export type AnyDriver = DriverUnderTest<any>

export const drivers: readonly AnyDriver[] = [nodeRedis, ioredis]
