import {
  type AcquireOptions,
  type ConnectionInfo,
  createKeyedPool,
  createPool,
  type KeyedPool,
  type Lease,
  type Pool,
  type PoolEvents,
  type PoolOptions,
  shareLimit,
} from '../../src/index.js'
import { keyedAdapter } from './keyed-adapter.js'
import type { KeyedResource } from './keyed-resource.js'
import type { KeyedWorld } from './keyed-world.js'
import type { ModelledPool } from './modelled-pool.js'

type Listener = (event: never) => void

/** What is the same of a keyed pool and of pools that share a limit. */
export interface Tally {
  readonly size: number
  readonly connecting: number
  readonly connected: number
  readonly idle: number
  readonly closing: number
  readonly leases: number
  readonly waiting: number
  readonly opened: number
  readonly acquired: number
  readonly timedOut: number
  readonly aborted: number
  readonly rejected: number
}

/** A connection, and the pool it is of. */
export interface Seen {
  readonly pool: ModelledPool
  readonly info: ConnectionInfo
}

/** One keyed pool, or pools that share a limit: pools by their key. */
export interface House {
  acquire(key: string, options?: AcquireOptions): Promise<Lease<KeyedResource>>
  tryAcquire(key: string): Lease<KeyedResource> | undefined
  use(key: string, fn: (resource: KeyedResource, lease: Lease<KeyedResource>) => Promise<void>): Promise<void>
  flush(key: string | undefined, leased: 'on-release' | 'now'): void
  poolOf(key: string): Pool<KeyedResource>
  close(options: { timeout: number; waiters: 'reject' | 'serve' }): Promise<void>
  destroy(error: Error): Promise<void>
  tally(): Tally
  /** Keys that are known; undefined where nobody counts them. */
  readonly keys: number | undefined
  readonly isClosed: boolean
  seen(): Seen[]
  on(event: keyof PoolEvents, listener: Listener): void
}

export function keyedHouse(world: KeyedWorld, options: PoolOptions): House {
  const { total, maxKeys, has, servers } = world.program
  const pool: KeyedPool<string, KeyedResource> = createKeyedPool<string, KeyedResource>({
    ...(options as PoolOptions<KeyedResource>),
    key: (target) => target,
    adapter: (target) => keyedAdapter(has, servers[world.keys.indexOf(target)]!, world.newPool(target), world),
    total,
    maxKeys,
  })
  return {
    acquire: (key, options) => pool.acquire(key, options),
    tryAcquire: (key) => pool.tryAcquire(key),
    use: (key, fn) => pool.use(key, fn),
    flush: (key, leased) => pool.flush(key, { leased }),
    poolOf: (key) => pool.for(key),
    close: (options) => pool.close(options),
    destroy: (error) => pool.destroy(error),
    tally: () => pool.stats(),
    get keys() {
      return pool.stats().keys
    },
    get isClosed() {
      return pool.stats().state === 'closed'
    },
    seen: () =>
      [...pool.connections()].map((info) => {
        const known = world.pools.findLast(({ connections }) => connections.has(info.id))
        // One whose open has not begun yet is of the present pool of its key.
        return { info, pool: known ?? (world.poolOf(info.key as string) as ModelledPool) }
      }),
    on: (event, listener) => void pool.on(event, listener as never),
  }
}

/** A pool that has been closed is replaced by another when its key is asked for again. */
export function sharedHouse(world: KeyedWorld, options: PoolOptions): House {
  const { total, has, servers } = world.program
  const limit = shareLimit(total)
  const all: { readonly pool: Pool<KeyedResource>; readonly model: ModelledPool }[] = []
  const listeners: [event: keyof PoolEvents, listener: Listener][] = []
  const present = new Map<string, Pool<KeyedResource>>()
  let isClosing = false
  const poolOf = (key: string): Pool<KeyedResource> => {
    const known = present.get(key)
    if (known !== undefined && (isClosing || world.poolOf(key)?.closed !== true)) return known
    const model = world.newPool(key)
    const adapter = keyedAdapter(has, servers[world.keys.indexOf(key)]!, model, world)
    const pool = createPool<KeyedResource>(adapter, { ...options, name: key, policies: [limit] })
    all.push({ pool, model })
    present.set(key, pool)
    for (const [event, listener] of listeners) pool.on(event, listener as never)
    return pool
  }
  const each = <T>(fn: (pool: Pool<KeyedResource>) => T): T[] => all.map(({ pool }) => fn(pool))
  const house: House = {
    acquire: (key, options) => poolOf(key).acquire(options),
    tryAcquire: (key) => present.get(key)?.tryAcquire(),
    use: (key, fn) => poolOf(key).use(fn),
    flush: (key, leased) => {
      if (key === undefined) for (const pool of present.values()) pool.flush({ leased })
      else present.get(key)?.flush({ leased })
    },
    poolOf,
    close: (options) => {
      isClosing = true
      return Promise.all(each((pool) => pool.close(options))).then(() => {})
    },
    destroy: (error) => {
      isClosing = true
      return Promise.all(each((pool) => pool.destroy(error))).then(() => {})
    },
    tally: () => {
      const stats = each((pool) => pool.stats())
      const sum = (name: keyof Tally) => stats.reduce((total, each) => total + each[name], 0)
      return {
        size: sum('size'),
        connecting: sum('connecting'),
        connected: sum('connected'),
        idle: sum('idle'),
        closing: sum('closing'),
        leases: sum('leases'),
        waiting: sum('waiting'),
        opened: sum('opened'),
        acquired: sum('acquired'),
        timedOut: sum('timedOut'),
        aborted: sum('aborted'),
        rejected: sum('rejected'),
      }
    },
    keys: undefined,
    get isClosed() {
      return isClosing && each((pool) => pool.stats().state).every((state) => state === 'closed')
    },
    seen: () => all.flatMap(({ pool, model }) => [...pool.connections()].map((info) => ({ info, pool: model }))),
    on: (event, listener) => {
      listeners.push([event, listener])
      each((pool) => pool.on(event, listener as never))
    },
  }
  for (const key of world.keys) poolOf(key)
  return house
}
