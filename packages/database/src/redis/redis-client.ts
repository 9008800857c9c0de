import type { EventEmitter } from 'node:events'

/** What the pool needs of a client of node-redis (the package `redis`). */
export interface NodeRedisClient {
  readonly isOpen: boolean
  readonly isReady: boolean
  connect(): Promise<unknown>
  sendCommand(args: string[]): Promise<unknown>
  ref(): void
  unref(): void
}

/** What the pool needs of a client of ioredis. */
export interface IoRedisClient {
  readonly status: string
  connect(): Promise<unknown>
  call(command: string, ...args: string[]): Promise<unknown>
  disconnect(reconnect?: boolean): void
}

/** A client of node-redis or of ioredis: whatever type your own has, `pool.use` gives it back. */
export type RedisClient = NodeRedisClient | IoRedisClient

/** What both drivers' clients are and can, though the types above do not ask for it. */
export interface SessionClient extends EventEmitter {
  select(db: number): Promise<unknown>
  unwatch(): Promise<unknown>
}
