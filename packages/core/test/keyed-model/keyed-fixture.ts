import type { Adapter } from '../../src/adapter/adapter.js'
import { createKeyedPool } from '../../src/keyed/create-keyed-pool.js'
import type { KeyedPoolOptions } from '../../src/keyed/keyed-options.js'
import type { KeyedPool } from '../../src/keyed/keyed-pool.js'
import { TestResource, testAdapter } from '../test-adapter.js'
import { type VirtualClock, virtualClock } from '../virtual-clock.js'

/** The server behind one key. */
export interface TestServer {
  readonly resources: TestResource[]
  /** What opens do: resolve, reject with `refused`, or never settle. */
  state: 'up' | 'down' | 'hanging'
  /** ms that an open takes. */
  delay: number
  /** When opens began. */
  readonly opens: number[]
}

export const refused = new Error('ECONNREFUSED')

export interface KeyedFixture {
  readonly pool: KeyedPool<string, TestResource>
  readonly clock: VirtualClock
  /** Made when first asked for. */
  readonly server: (key: string) => TestServer
  /** Keys for which an adapter was made, in that order. */
  readonly adapters: string[]
}

type Overrides = Partial<Adapter<TestResource>>

/** A keyed pool of texts that are their own keys, on a virtual clock; each key has a server that can be told to fail. */
export function testKeyedPool(
  options: Partial<KeyedPoolOptions<string, TestResource>> = {},
  overrides: Overrides | ((key: string) => Overrides) = {},
): KeyedFixture {
  const clock = virtualClock()
  const servers = new Map<string, TestServer>()
  const adapters: string[] = []
  const server = (key: string) => {
    let known = servers.get(key)
    if (known === undefined) {
      known = { resources: [], state: 'up', delay: 0, opens: [] }
      servers.set(key, known)
    }
    return known
  }
  const adapter = (key: string) => {
    adapters.push(key)
    const own = server(key)
    const open = async () => {
      own.opens.push(clock.now())
      if (own.state === 'hanging') return new Promise<never>(() => {})
      if (own.delay > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, own.delay))
      if (own.state === 'down') throw refused
      const resource = new TestResource(own.resources.length + 1)
      own.resources.push(resource)
      return resource
    }
    const base = testAdapter({ open, isUsable: (resource) => resource.usable })
    return Object.assign(base, typeof overrides === 'function' ? overrides(key) : overrides)
  }
  const pool = createKeyedPool<string, TestResource>({
    clock,
    random: () => 0.5,
    key: (target) => target,
    adapter,
    ...options,
  })
  return { pool, clock, server, adapters }
}

/** How many connections there are of each key, counted one by one. */
export function sizes(pool: KeyedPool<string, TestResource>): Record<string, number> {
  const counted: Record<string, number> = {}
  for (const { key = 'no key' } of pool.connections()) counted[key] = (counted[key] ?? 0) + 1
  return counted
}

/** Leases `count` connections of a key. */
export function leaseAll(pool: KeyedPool<string, TestResource>, key: string, count: number) {
  return Promise.all(Array.from({ length: count }, () => pool.acquire(key)))
}
