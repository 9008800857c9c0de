import type { Adapter } from '../src/adapter/adapter.js'
import { createPool } from '../src/pool/create-pool.js'
import type { Pool } from '../src/pool/pool.js'
import type { PoolOptions } from '../src/pool/pool-options.js'
import { TestResource, testAdapter } from './test-adapter.js'
import { type VirtualClock, virtualClock } from './virtual-clock.js'

/** A member of a group under test, with the server behind it. */
export interface TestMember {
  readonly pool: Pool<TestResource>
  readonly resources: TestResource[]
  /** What opens do: resolve, reject with `refused`, or never settle. */
  server: 'up' | 'down' | 'hanging'
  /** ms that an open takes. */
  delay: number
  /** Opens begun. */
  opens: number
}

export const refused = new Error('ECONNREFUSED')

/** Which member a resource is of: 'a' for the first. */
export function origin(resource: TestResource): string {
  return 'abcdefgh'[Math.floor(resource.id / 1_000)] as string
}

/** Pools named a, b, c … on one clock, whose opens can be told to fail. Resources of a are 1, 2 …, of b 1001 … */
export function testMembers(
  count: number,
  options: PoolOptions | ((index: number) => PoolOptions) = {},
  overrides: Partial<Adapter<TestResource>> = {},
): { clock: VirtualClock; members: TestMember[]; pools: Pool<TestResource>[] } {
  const clock = virtualClock()
  const members = Array.from({ length: count }, (_, index) => {
    const member: Omit<TestMember, 'pool'> = { resources: [], server: 'up', delay: 0, opens: 0 }
    const open = async () => {
      member.opens++
      if (member.server === 'hanging') return new Promise<never>(() => {})
      if (member.delay > 0) await new Promise<void>((resolve) => clock.setTimeout(resolve, member.delay))
      if (member.server === 'down') throw refused
      const resource = new TestResource(index * 1_000 + member.resources.length + 1)
      member.resources.push(resource)
      return resource
    }
    const adapter = testAdapter({ open, ...overrides })
    const given = typeof options === 'function' ? options(index) : options
    const name = 'abcdefgh'[index] as string
    return Object.assign(member, {
      pool: createPool<TestResource>(adapter, { name, clock, random: () => 0.5, ...given }),
    })
  })
  return { clock, members, pools: members.map(({ pool }) => pool) }
}

/** All listeners that anybody has on these pools. */
export function listenersOn(pools: readonly Pool<TestResource>[]): number {
  return pools.reduce((sum, pool) => sum + pool.eventNames().reduce((n, name) => n + pool.listenerCount(name), 0), 0)
}

/** Leases `count` connections of a pool by hand. */
export function leaseAll(pool: Pool<TestResource>, count: number) {
  return Promise.all(Array.from({ length: count }, () => pool.acquire()))
}
