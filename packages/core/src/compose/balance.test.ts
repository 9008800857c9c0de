import { describe, expect, it } from 'vitest'
import { origin, refused, testMembers } from '../../test/group-fixture.js'
import { follow } from '../../test/test-pool.js'
import type { Pool } from '../pool/pool.js'
import { type BalanceOptions, balance } from './balance.js'

/** Acquires so often at once, and keeps them all. */
async function share(pools: Pool<never>[], options: BalanceOptions, count: number): Promise<void> {
  const group = balance(pools, options)
  await Promise.all(Array.from({ length: count }, () => group.acquire()))
}

describe('pick', () => {
  it.each(['p2c', 'least-leased', 'round-robin'] as const)('spreads acquires over all members: %s', async (pick) => {
    const { clock, pools } = testMembers(3)
    await share(pools as never, { pick, clock, random: Math.random }, 9)
    const leases = pools.map((pool) => pool.stats().leases)
    expect(Math.max(...leases) - Math.min(...leases)).toBeLessThanOrEqual(pick === 'p2c' ? 4 : 0)
  })

  it('p2c takes the less loaded of the two drawn, the first of equals', async () => {
    const { clock, pools } = testMembers(3, { size: { max: 9 } })
    await Promise.all([pools[1]?.acquire(), pools[1]?.acquire(), pools[2]?.acquire()])
    const draws = [0.4, 0.99, 0.99, 0.6, 0, 0.99]
    const group = balance(pools, { clock, random: () => draws.shift() as number })
    // b against c, c against b that has as many by now, then a against c.
    for (const expected of ['c', 'c', 'a']) {
      expect(origin((await group.acquire()).resource)).toBe(expected)
    }
    expect(draws).toEqual([])
  })

  it('counts leases and waiters that members have from elsewhere', async () => {
    const { clock, pools } = testMembers(2, { size: { max: 9 } })
    await Promise.all([pools[0]?.acquire(), pools[0]?.acquire()])
    const group = balance(pools, { clock, pick: 'least-leased' })
    expect(origin((await group.acquire()).resource)).toBe('b')
  })

  it('round-robin goes from one ready member to the next', async () => {
    const { clock, pools } = testMembers(3)
    const group = balance(pools, { clock, pick: 'round-robin' })
    await group.warm(3)
    const order: string[] = []
    for (let i = 0; i < 6; i++) await group.use((resource) => void order.push(origin(resource)))
    for (let i = 0; i < 3; i++) {
      const lease = await group.acquire()
      order.push(origin(lease.resource))
      lease.release()
    }
    expect(order.join('')).toBe('abcabcabc')
  })

  it('prefers a connection that is ready to one that the picked member would have to open', async () => {
    const { clock, members, pools } = testMembers(2)
    const group = balance(pools, { clock, pick: 'round-robin' })
    for (let i = 0; i < 4; i++) await group.use(() => {})
    expect(members.map(({ opens }) => opens)).toEqual([1, 0])
  })
})

describe('a member that cannot connect', () => {
  it('costs an acquire nothing but the way to the next', async () => {
    const { clock, members, pools } = testMembers(3)
    members[0]!.server = 'down'
    members[1]!.server = 'down'
    const group = balance(pools, { clock, pick: 'round-robin' })
    const lease = await group.acquire()
    expect(origin(lease.resource)).toBe('c')
    expect(members.map(({ opens }) => opens)).toEqual([1, 1, 1])
    expect(group.stats()).toMatchObject({ acquired: 1, rejected: 0 })
    const used = follow(group.use((resource) => origin(resource)))
    await clock.advance(500)
    expect(used.value).toBe('c')
  })

  it('fails the acquire once all members have', async () => {
    const { clock, members, pools } = testMembers(3)
    for (const member of members) member.server = 'down'
    const group = balance(pools, { clock, pick: 'round-robin' })
    await expect(group.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CONNECT', cause: refused })
    expect(members.map(({ opens }) => opens)).toEqual([1, 1, 1])
    expect(group.stats()).toMatchObject({ acquired: 0, rejected: 1, waiting: 0 })
  })

  it('has one deadline with the next', async () => {
    const { clock, members, pools } = testMembers(2)
    Object.assign(members[0]!, { server: 'down', delay: 60 })
    members[1]!.server = 'hanging'
    const group = balance(pools, { clock, pick: 'round-robin', name: 'both' })
    const waiting = follow(group.acquire({ timeout: 100 }))
    await clock.advance(99)
    expect(waiting.state).toBe('pending')
    await clock.advance(1)
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', pool: 'both', waited: 100 })
    expect(waiting.error.cause).toMatchObject({ code: 'ERR_POOL_CONNECT', pool: 'a' })
  })

  it.each([
    ['the group’s own timeout', { timeout: 100 }, 100],
    ['30 seconds, as of any pool', {}, 30_000],
  ])('has %s where the acquire names none', async (_, options, deadline) => {
    const { clock, members, pools } = testMembers(2, { connect: { timeout: Number.POSITIVE_INFINITY } })
    Object.assign(members[0]!, { server: 'down', delay: 60 })
    members[1]!.server = 'hanging'
    const group = balance(pools, { clock, pick: 'round-robin', ...options })
    const waiting = follow(group.acquire())
    await clock.advance(deadline - 1)
    expect(waiting.state).toBe('pending')
    await clock.advance(1)
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', waited: deadline })
  })

  it('is not gone on from once the signal has aborted', async () => {
    const { clock, members, pools } = testMembers(2)
    Object.assign(members[0]!, { server: 'down', delay: 10 })
    const group = balance(pools, { clock, pick: 'round-robin' })
    const controller = new AbortController()
    const waiting = follow(group.acquire({ signal: controller.signal }))
    pools[0]?.on('connectError', () => controller.abort())
    await clock.advance(10)
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_ABORTED' })
    expect(members[1]?.opens).toBe(0)
  })

  it('is left out after 5 failures in a row for a second, then twice that, then tried by one acquire', async () => {
    const { clock, members, pools } = testMembers(2, {
      size: { max: 99 },
      connect: { backoff: { initialDelay: 1, maxDelay: 1 } },
    })
    members[0]!.server = 'down'
    const group = balance(pools, { clock, pick: 'round-robin' })
    const acquire = async (times: number) => {
      for (let i = 0; i < times; i++) {
        await group.acquire()
        await clock.advance(1)
      }
      return members[0]?.opens
    }
    expect(await acquire(8)).toBe(4)
    expect(await acquire(2)).toBe(5)
    expect(await acquire(20)).toBe(5)
    await clock.advance(1_000)
    expect(await acquire(20)).toBe(6)
    await clock.advance(1_000)
    expect(await acquire(20)).toBe(6)
    await clock.advance(1_000)
    members[0]!.server = 'up'
    await acquire(2)
    expect(pools[0]?.stats().leases).toBe(1)
    await acquire(4)
    expect(pools[0]?.stats().leases).toBe(3)
  })

  it('still lends what it has ready while it is left out', async () => {
    const { clock, members, pools } = testMembers(2, { size: { max: 2 } })
    const group = balance(pools, { clock, pick: 'round-robin', eject: { failures: 1 } })
    const [kept, other] = [await pools[0]!.acquire(), await pools[0]!.acquire()]
    members[0]!.server = 'down'
    other.destroy()
    const failed = follow(pools[0]!.acquire({ fresh: true }))
    await clock.settle()
    void failed
    kept.release()
    expect(origin((await group.acquire()).resource)).toBe('a')
  })

  it('is never left out when it is the last', async () => {
    const { clock, members, pools } = testMembers(2, { connect: { backoff: { initialDelay: 1, maxDelay: 1 } } })
    for (const member of members) member.server = 'down'
    const group = balance(pools, { clock, pick: 'round-robin', eject: { failures: 1, cooldown: 60_000 } })
    for (let i = 0; i < 4; i++) {
      await expect(group.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CONNECT' })
      await clock.advance(1)
    }
    members[1]!.server = 'up'
    expect(origin((await group.acquire()).resource)).toBe('b')
  })

  it('is tried all the same with eject: false', async () => {
    const { clock, members, pools } = testMembers(2, {
      size: { max: 99 },
      connect: { backoff: { initialDelay: 1, maxDelay: 1 } },
    })
    members[0]!.server = 'down'
    const group = balance(pools, { clock, pick: 'round-robin', eject: false })
    for (let i = 0; i < 20; i++) {
      await group.acquire()
      await clock.advance(1)
    }
    expect(members[0]?.opens).toBe(10)
  })
})

it('goes on from a full queue, since it costs nothing, but fails when all are full', async () => {
  const { clock, pools } = testMembers(2, { size: { max: 1 }, acquire: { maxWaiting: 1 } })
  const group = balance(pools, { clock, pick: 'round-robin', timeout: 1_000 })
  const held = await Promise.all(pools.map((pool) => pool.acquire()))
  const direct = follow(pools[0]!.acquire())
  const waiting = follow(group.acquire())
  await clock.settle()
  expect([waiting.state, pools[1]?.stats().waiting]).toEqual(['pending', 1])
  await expect(group.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' })
  for (const lease of held) lease.release()
  await clock.settle()
  expect([direct.state, waiting.state]).toEqual(['fulfilled', 'fulfilled'])
})

it('refuses what it cannot work with, naming the option', () => {
  const { pools } = testMembers(2)
  const bad = (of: unknown, options?: unknown) => () => balance(of as never, options as never)
  const invalid = (option: string) => expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION', option })
  for (const of of [[], undefined, pools[0]]) expect(bad(of)).toThrow(invalid('pools'))
  expect(bad([pools[0], {}])).toThrow(invalid('pools[1]'))
  expect(bad([pools[0], pools[0]])).toThrow(invalid('pools[1]'))
  expect(bad(pools, { pick: 'best' })).toThrow(invalid('pick'))
  expect(bad(pools, { picks: 'p2c' })).toThrow(invalid('picks'))
  expect(bad(pools, { eject: true })).toThrow(invalid('eject'))
  expect(bad(pools, { eject: { failures: 0 } })).toThrow(invalid('eject.failures'))
  expect(bad(pools, { eject: { factor: 0.5 } })).toThrow(invalid('eject.factor'))
  expect(bad(pools, { eject: { cooldown: 9, maxCooldown: 1 } })).toThrow(invalid('eject.maxCooldown'))
  expect(bad(pools, { timeout: 0 })).toThrow(invalid('timeout'))
  expect(bad(pools, { clock: {} })).toThrow(invalid('clock'))
})

it('refuses the bad options of an acquire with a rejection, as a pool does', async () => {
  const { pools } = testMembers(2)
  const group = balance(pools)
  for (const options of [{ timeout: -1 }, { signal: 'no' }, { tiemout: 1 }, null]) {
    await expect(group.acquire(options as never)).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' })
    await expect(group.use(() => {}, options as never)).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' })
  }
})
