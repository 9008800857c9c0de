import { describe, expect, it } from 'vitest'
import { leaseAll, origin, refused, testMembers } from '../../test/group-fixture.js'
import { follow } from '../../test/test-pool.js'
import { failover } from './failover.js'

const patient = { connect: { backoff: { initialDelay: 1, maxDelay: 1 } } }

/** Acquires once, gives back, and says whose it was. */
async function who(group: ReturnType<typeof failover>): Promise<string> {
  return group.use((resource) => origin(resource as never))
}

describe('while the primary is well', () => {
  it('uses nothing else, even when the standby has a connection ready and the primary is full', async () => {
    const { clock, pools } = testMembers(2, { size: { max: 1 } })
    await pools[1]?.warm(1)
    const group = failover(pools, { clock })
    const lease = await group.acquire()
    expect(origin(lease.resource)).toBe('a')
    expect(group.tryAcquire()).toBeUndefined()
    const waiting = follow(group.acquire({ timeout: 50 }))
    const used = follow(group.use(() => {}, { timeout: 50 }))
    await clock.advance(50)
    expect([waiting.error, used.error]).toMatchObject([{ phase: 'waiting' }, { phase: 'waiting' }])
    expect(pools[1]?.stats().acquired).toBe(0)
  })
})

describe('when the primary cannot connect', () => {
  it('passes each acquire on to the standby, and after some failures asks the primary no more', async () => {
    const { clock, members, pools } = testMembers(2, patient)
    members[0]!.server = 'down'
    const group = failover(pools, { clock, failures: 3 })
    for (let i = 0; i < 6; i++) {
      expect(await who(group)).toBe('b')
      await clock.advance(1)
    }
    expect(members[0]?.opens).toBe(3)
    expect(group.stats()).toMatchObject({ acquired: 6, rejected: 0 })
  })

  it('takes ready connections of the standby by tryAcquire once the primary is passed over', async () => {
    const { clock, members, pools } = testMembers(2, patient)
    members[0]!.server = 'down'
    const group = failover(pools, { clock, failures: 1 })
    expect(await who(group)).toBe('b')
    const lease = group.tryAcquire()
    expect(lease && origin(lease.resource)).toBe('b')
  })

  it('tries it again with one acquire after the cool-down, and goes back to it when it answers', async () => {
    const { clock, members, pools } = testMembers(2, patient)
    Object.assign(members[0]!, { server: 'down', delay: 5 })
    const group = failover(pools, { clock, failures: 1, cooldown: 100 })
    const first = follow(group.acquire())
    await clock.advance(5)
    expect(origin(first.value.resource)).toBe('b')
    first.value.release()
    await clock.advance(94)
    expect(await who(group)).toBe('b')
    await clock.advance(10)
    // The standby has a connection ready; this one waits for the primary all the same, the others do not.
    const trial = follow(group.acquire())
    expect(await who(group)).toBe('b')
    expect(members[0]?.opens).toBe(2)
    await clock.advance(5)
    expect(origin(trial.value.resource)).toBe('b')
    trial.value.release()
    members[0]!.server = 'up'
    await clock.advance(190)
    expect(await who(group)).toBe('b')
    await clock.advance(10)
    const back = follow(group.acquire())
    await clock.advance(5)
    expect(origin(back.value.resource)).toBe('a')
    back.value.release()
    expect(await who(group)).toBe('a')
  })

  it('leaves the acquire that tries it there, whatever becomes of others', async () => {
    const { clock, members, pools } = testMembers(3, { ...patient, size: { max: 1 } })
    members[0]!.server = 'down'
    const group = failover(pools, { clock, failures: 1, cooldown: 100 })
    const standby = await group.acquire()
    members[0]!.server = 'hanging'
    await clock.advance(100)
    const trial = follow(group.acquire({ timeout: 50 }))
    await clock.settle()
    pools[2]?.pause()
    pools[2]?.resume()
    standby.release()
    await clock.settle()
    expect([trial.state, pools[1]?.stats().acquired]).toEqual(['pending', 1])
    await clock.advance(50)
    expect(trial.error).toMatchObject({ phase: 'connecting' })
    expect(await who(group)).toBe('b')
  })

  it('fails with what the members said when the standby cannot either, and asks each once', async () => {
    const { clock, members, pools } = testMembers(3, patient)
    for (const member of members) member.server = 'down'
    const group = failover(pools, { clock, failures: 1 })
    for (let i = 0; i < 3; i++) {
      await expect(group.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CONNECT', cause: refused })
      await clock.advance(1)
    }
    expect(members.map(({ opens }) => opens)).toEqual([3, 3, 3])
  })

  it('takes the waiters of the primary along when others’ failures eject it', async () => {
    const { clock, members, pools } = testMembers(2, { connect: { retry: true } })
    members[0]!.server = 'hanging'
    const group = failover(pools, { clock, failures: 1 })
    const waiting = follow(group.use((resource) => origin(resource)))
    const hasty = follow(group.acquire({ timeout: 20 }))
    await clock.advance(20)
    expect(hasty.error).toMatchObject({ phase: 'connecting' })
    expect(waiting).toMatchObject({ state: 'fulfilled', value: 'b' })
  })
})

describe('a primary that is not running', () => {
  it.each(['hold', 'reject'] as const)('is passed over while paused: %s', async (waiters) => {
    const { clock, pools } = testMembers(2)
    const group = failover(pools, { clock })
    expect(await who(group)).toBe('a')
    pools[0]?.pause({ waiters })
    expect(await who(group)).toBe('b')
    expect(origin(group.tryAcquire()?.resource as never)).toBe('b')
    pools[0]?.resume()
    expect(await who(group)).toBe('a')
  })

  it('is passed over once closed, for good', async () => {
    const { clock, pools } = testMembers(2)
    const group = failover(pools, { clock })
    await pools[0]?.close()
    expect(await who(group)).toBe('b')
    expect(group.stats().state).toBe('running')
  })

  it('gives its waiters to the standby when it pauses or closes', async () => {
    const { clock, pools } = testMembers(2, { size: { max: 1 } })
    const group = failover(pools, { clock })
    const [held] = await leaseAll(pools[0] as never, 1)
    const waiting = [1].map(() => follow(group.acquire()))
    await clock.settle()
    pools[0]?.pause()
    await clock.settle()
    expect(waiting.map(({ value }) => origin(value.resource))).toEqual(['b'])
    pools[0]?.resume()
    const next = follow(group.acquire())
    await clock.settle()
    waiting[0]?.value.release()
    await clock.settle()
    // The standby's connection is ready, and not lent: the primary is only busy.
    expect(next.state).toBe('pending')
    void pools[0]?.close()
    await clock.settle()
    expect(origin(next.value.resource)).toBe('b')
    held?.release()
  })
})

it('refuses what it cannot work with, naming the option', () => {
  const { pools } = testMembers(2)
  const bad = (of: unknown, options?: unknown) => () => failover(of as never, options as never)
  const invalid = (option: string) => expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION', option })
  expect(bad([])).toThrow(invalid('pools'))
  expect(bad(pools, { failures: 0 })).toThrow(invalid('failures'))
  expect(bad(pools, { cooldown: 9, maxCooldown: 1 })).toThrow(invalid('maxCooldown'))
  expect(bad(pools, { pick: 'p2c' })).toThrow(invalid('pick'))
})
