import { describe, expect, it } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, slowOpens, testPool } from '../../test/test-pool.js'
import type { VirtualClock } from '../../test/virtual-clock.js'
import type { Lease } from '../acquire/lease.js'
import type { Pool } from '../pool/pool.js'
import type { PoolOptions } from '../pool/pool-options.js'

const CONNECT = 150

interface Served {
  readonly asked: number
  granted: number
  done: number
}

/** Five warm connections of at most fifty, each of which took 150 ms to open. */
async function warmFive(options: PoolOptions = {}) {
  const made = testPool(
    { ...options, size: { max: 50, ...options.size }, acquire: { timeout: 600_000, ...options.acquire } },
    (clock) => slowOpens(clock, CONNECT),
  )
  void made.pool.warm(5)
  await made.clock.advance(CONNECT)
  expect(made.pool.stats()).toMatchObject({ idle: 5, opened: 5 })
  return { ...made, start: made.clock.now() }
}

/** One request that holds its connection for `ms`. */
function request(pool: Pool<TestResource>, clock: VirtualClock, ms: number): Served {
  const served: Served = { asked: clock.now(), granted: Number.NaN, done: Number.NaN }
  void pool.acquire().then((lease) => {
    served.granted = clock.now() - served.asked
    if (ms === Number.POSITIVE_INFINITY) return
    clock.setTimeout(() => {
      served.done = clock.now() - served.asked
      lease.release()
    }, ms)
  })
  return served
}

const requests = (pool: Pool<TestResource>, clock: VirtualClock, count: number, ms: (i: number) => number) =>
  Array.from({ length: count }, (_, i) => request(pool, clock, ms(i)))

/** Lets the pool learn that leases last `ms`: never more at once than are warm. */
async function learn(pool: Pool<TestResource>, clock: VirtualClock, ms: number, rounds = 32): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    requests(pool, clock, 5, () => ms)
    await clock.advance(ms)
  }
  expect(pool.stats()).toMatchObject({ idle: 5, opened: 5 })
}

const latest = (all: Served[], what: 'granted' | 'done') =>
  all.some((one) => Number.isNaN(one[what])) ? Number.NaN : Math.max(...all.map((one) => one[what]))

describe('a spike of 50 requests of 2 ms on 5 warm connections', () => {
  it.each([
    ['cold, without estimates', 0],
    ['with the lease time known', 2],
    ['with the lease time learnt too long', 20],
    ['with the lease time learnt as nothing', 0.01],
  ])('ends with at most 6 connections, and serves everybody within 40 ms: %s', async (_, learnt) => {
    const { pool, clock } = await warmFive()
    if (learnt > 0) await learn(pool, clock, learnt)
    const all = requests(pool, clock, 50, () => 2)
    await clock.advance(10_000)
    expect(latest(all, 'done')).toBeLessThanOrEqual(40)
    expect(pool.stats().opened).toBeLessThanOrEqual(6)
  })

  it('ends with at most 6 connections also when it comes again and again', async () => {
    const { pool, clock } = await warmFive()
    const all: Served[] = []
    for (let i = 0; i < 20; i++) {
      all.push(...requests(pool, clock, 50, () => 2))
      await clock.advance(200)
    }
    expect(latest(all, 'done')).toBeLessThanOrEqual(40)
    expect(pool.stats().opened).toBeLessThanOrEqual(6)
  })

  it('ends with at most 6 connections when 1 % of the leases are slow', async () => {
    const { pool, clock } = await warmFive()
    await learn(pool, clock, 2)
    const all = requests(pool, clock, 50, (i) => (i === 7 ? 1_000 : 2))
    await clock.advance(10_000)
    expect(latest(all.toSpliced(7, 1), 'done')).toBeLessThanOrEqual(40)
    expect(pool.stats().opened).toBeLessThanOrEqual(6)
  })
})

describe('a spike of 50 requests of 1 s on 5 warm connections', () => {
  it('has a connection for each within one connect time when lease times are known', async () => {
    const { pool, clock } = await warmFive()
    await learn(pool, clock, 1_000)
    const all = requests(pool, clock, 50, () => 1_000)
    await clock.advance(CONNECT)
    expect(latest(all, 'granted')).toBeLessThanOrEqual(CONNECT)
    expect(pool.stats()).toMatchObject({ leases: 50, size: 50 })
  })

  it.each([
    ['unknown', 0],
    ['learnt wrong', 2],
  ])('has a connection for each within five connect times when lease times are %s', async (_, learnt) => {
    const { pool, clock } = await warmFive()
    if (learnt > 0) await learn(pool, clock, learnt)
    const all = requests(pool, clock, 50, () => 10_000)
    await clock.advance(10 * CONNECT)
    expect(latest(all, 'granted')).toBeLessThanOrEqual(5 * CONNECT)
  })

  it('no more than doubles the pool per connect time on the way', async () => {
    const { pool, clock } = await warmFive()
    requests(pool, clock, 50, () => 10_000)
    let before = 5
    for (let i = 0; i < 6; i++) {
      await clock.advance(CONNECT)
      const { connected } = pool.stats()
      expect(connected).toBeLessThanOrEqual(2 * before)
      before = connected
    }
    expect(before).toBe(50)
  })

  it('learns within a few leases that they have become long', async () => {
    const { pool, clock } = await warmFive()
    await learn(pool, clock, 2)
    requests(pool, clock, 50, () => 1_000)
    await clock.advance(20_000)
    const all = requests(pool, clock, 50, () => 1_000)
    await clock.advance(10_000)
    expect(latest(all, 'granted')).toBeLessThanOrEqual(5 * CONNECT)
  })
})

it('opens no more than waiters for what is left of a spike when leases are long', async () => {
  const { pool, clock } = await warmFive()
  await learn(pool, clock, 1_000)
  requests(pool, clock, 8, () => 1_000)
  expect(pool.stats()).toMatchObject({ leases: 5, connecting: 3 })
})

it('serves everybody behind leases that hang, by doubling', async () => {
  const { pool, clock } = await warmFive()
  await learn(pool, clock, 2)
  requests(pool, clock, 5, () => Number.POSITIVE_INFINITY)
  const all = requests(pool, clock, 50, () => 2)
  await clock.advance(10_000)
  expect(latest(all, 'granted')).toBeLessThanOrEqual(CONNECT + CONNECT + 40)
  expect(pool.stats().opened, 'doubled twice: hung ones count as connections').toBeLessThanOrEqual(20)
})

it('serves everybody though every connection hangs in turn, as long as there is room', async () => {
  const { pool, clock } = await warmFive()
  const all: Served[] = []
  for (let i = 0; i < 40; i++) {
    requests(pool, clock, 1, () => Number.POSITIVE_INFINITY)
    all.push(...requests(pool, clock, 3, () => 5))
    await clock.advance(400)
  }
  expect(latest(all, 'granted')).toBeLessThanOrEqual(4 * CONNECT)
  expect(pool.stats()).toMatchObject({ waiting: 0, leases: 40 })
})

it('serves everybody under 1.5 times what five connections serve: no starvation, no deadlock', async () => {
  const { pool, clock } = await warmFive()
  const all: Served[] = []
  // 10 ms each: five connections serve one every 2 ms; here comes one every 4/3 ms.
  for (let i = 0; i < 6_000; i++) {
    all.push(request(pool, clock, 10))
    await clock.advance(4 / 3)
  }
  await clock.advance(5_000)
  expect(latest(all, 'done')).toBeLessThan(1_000)
  expect(latest(all.slice(-1_000), 'granted'), 'the last second').toBeLessThan(CONNECT)
  expect(pool.stats()).toMatchObject({ waiting: 0, leases: 0 })
  expect(pool.stats().opened).toBeLessThanOrEqual(30)
}, 30_000)

it('serves everybody under a load of 1 % slow leases near what five connections serve', async () => {
  const { pool, clock } = await warmFive()
  const all: Served[] = []
  for (let i = 0; i < 3_000; i++) {
    all.push(request(pool, clock, i % 100 === 50 ? 200 : 2))
    await clock.advance(1)
  }
  await clock.advance(5_000)
  expect(latest(all, 'granted')).toBeLessThan(2 * CONNECT)
  expect(pool.stats()).toMatchObject({ waiting: 0, leases: 0 })
  expect(pool.stats().opened).toBeLessThanOrEqual(15)
}, 30_000)

it('counts capacity: a spike that a few shared connections can carry opens few', async () => {
  const made = testPool({ size: { max: 50 } }, (clock) => ({ ...slowOpens(clock, CONNECT), capacity: () => 10 }))
  const { pool, clock } = made
  void pool.warm(5)
  await clock.advance(CONNECT)
  const all = requests(pool, clock, 200, () => 2)
  await clock.advance(10_000)
  expect(latest(all, 'done')).toBeLessThanOrEqual(40)
  expect(pool.stats().opened).toBeLessThanOrEqual(6)
})

it('counts capacity: opens for waiters what their number needs, not one each', async () => {
  const made = testPool({ size: { max: 50 } }, (clock) => ({ ...slowOpens(clock, CONNECT), capacity: () => 10 }))
  const { pool, clock } = made
  void pool.warm(1)
  await clock.advance(CONNECT)
  for (let i = 0; i < 4; i++) {
    requests(pool, clock, 10, () => 1_000)
    await clock.advance(1_000)
  }
  requests(pool, clock, 10 + 35, () => 1_000)
  expect(pool.stats().connecting).toBe(4)
})

it('finds its way back when the connect time was learnt wrong', async () => {
  let connect = 10_000
  const { pool, clock } = testPool(
    { size: { max: 50 }, acquire: { timeout: 600_000 }, connect: { timeout: 60_000 } },
    (clock) => ({
      open: ({ connectionId }) =>
        new Promise((resolve) => clock.setTimeout(() => resolve(new TestResource(connectionId)), connect)),
    }),
  )
  void pool.warm(5)
  await clock.advance(connect)
  connect = 100
  const all = requests(pool, clock, 50, () => 60_000)
  await clock.advance(120_000)
  // 10 s until the first look; from then on the average falls by a tenth with each open.
  expect(latest(all, 'granted')).toBeLessThan(60_000)
})

it('leaves no waiter behind when those for whom it opened have given up', async () => {
  const { pool, clock } = await warmFive()
  const held: Lease<TestResource>[] = []
  for (let i = 0; i < 5; i++) held.push(await pool.acquire())
  const controllers = Array.from({ length: 20 }, () => new AbortController())
  for (const { signal } of controllers) follow(pool.acquire({ signal }))
  await clock.advance(CONNECT - 1)
  for (const controller of controllers) controller.abort()
  const late = follow(pool.acquire())
  await clock.advance(2 * CONNECT + 2)
  expect(late.state).toBe('fulfilled')
})
