import {
  type AcquireOptions,
  type Adapter,
  type Clock,
  type ConnectionInfo,
  createKeyedPool,
  createPool,
  type KeyedPoolOptions,
  type Lease,
  type Pool,
  type PoolEvents,
  type PoolOptions,
  type PoolStats,
} from '@millpond/core'
import type { SimulatedResource } from './simulated-resource.js'

/** Options of the simulated pool: a pool's, and for one with keys what spans them. */
export type SimulatedPoolOptions = PoolOptions<SimulatedResource> &
  Partial<Pick<KeyedPoolOptions<string, SimulatedResource>, 'total' | 'perKey' | 'maxKeys'>>

/** What an own pool is made of. */
export interface PoolParts {
  readonly adapter: Adapter<SimulatedResource>
  readonly clock: Clock
  readonly random: () => number
}

/** The pool as the simulation uses it, with keys or without. */
export interface SimulatedPool {
  acquire(key: string, options: AcquireOptions | undefined): Promise<Lease<SimulatedResource>>
  stats(): PoolStats
  connections(): Iterable<ConnectionInfo>
  close(options: { timeout: number }): Promise<void>
  destroy(): Promise<void>
  on<E extends keyof PoolEvents<SimulatedResource>>(event: E, listener: PoolEvents<SimulatedResource>[E]): unknown
}

export function plainPool(pool: Pool<SimulatedResource>): SimulatedPool {
  return {
    acquire: (_, options) => pool.acquire(options),
    stats: () => pool.stats(),
    connections: () => pool.connections(),
    close: (options) => pool.close(options),
    destroy: () => pool.destroy(),
    on: (event, listener) => pool.on(event, listener as never),
  }
}

export function makePool(parts: PoolParts, options: SimulatedPoolOptions): SimulatedPool {
  const { adapter, clock, random } = parts
  return plainPool(createPool<SimulatedResource>(adapter, { ...options, clock, random }))
}

export function makeKeyedPool(
  adapter: (key: string) => Adapter<SimulatedResource>,
  { clock, random }: Pick<PoolParts, 'clock' | 'random'>,
  options: SimulatedPoolOptions,
): SimulatedPool {
  const pool = createKeyedPool<string, SimulatedResource>({ ...options, key: (key) => key, adapter, clock, random })
  return {
    acquire: (key, options) => pool.acquire(key, options),
    stats: () => pool.stats(),
    connections: () => pool.connections(),
    close: (options) => pool.close(options),
    destroy: () => pool.destroy(),
    on: (event, listener) => pool.on(event, listener as never),
  }
}
