import type { SimulationReport } from '@millpond/testing'
import { describe, expect, it } from 'vitest'
import { adaptiveQueue } from './scenes/adaptive-queue.js'
import { balance } from './scenes/balance.js'
import { connectBackoff } from './scenes/connect-backoff.js'
import { connectOutage } from './scenes/connect-outage.js'
import { customPolicy } from './scenes/custom-policy.js'
import { failover } from './scenes/failover.js'
import { fairness } from './scenes/fairness.js'
import { flush } from './scenes/flush.js'
import { growth } from './scenes/growth.js'
import { brokenOf1000, health } from './scenes/health.js'
import { idleReuse } from './scenes/idle-reuse.js'
import { keyedLimits } from './scenes/keyed-limits.js'
import { leases } from './scenes/leases.js'
import { lifetimeJitter } from './scenes/lifetime-jitter.js'
import { queueing } from './scenes/queueing.js'
import { reset } from './scenes/reset.js'
import { retryStale } from './scenes/retry-stale.js'
import { sharedConnections } from './scenes/shared-connections.js'
import type { Point } from './time-chart.js'

/** The values between two moments, both in seconds. */
function between(points: readonly Point[], from: number, until: number): number[] {
  const values = points.filter(([second]) => second > from && second <= until).map(([, value]) => value)
  expect(values).not.toHaveLength(0)
  return values
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]) => sum(values) / values.length
const last = (values: readonly number[]) => values.at(-1)
const sound = (...reports: readonly SimulationReport[]) =>
  expect(reports.flatMap(({ violations }) => violations)).toEqual([])

describe('what the pictures show', { timeout: 60_000 }, () => {
  it('growth: elastic stays near what is warm where requests are short, and doubles where they are long', async () => {
    const { short, long } = await growth.find()
    sound(short.elastic, short.eager, long.elastic, long.eager)
    expect(short.elastic.connections.peak).toBeLessThanOrEqual(6)
    expect(short.eager.connections.peak).toBe(50)
    expect(short.elastic.requests.wait.max).toBeLessThanOrEqual(40)
    expect(long.elastic.connections.peak).toBeGreaterThanOrEqual(40)
    expect(long.eager.connections.peak).toBe(50)
  })

  it('queueing: the order decides how long those wait who are served, not how many go unserved', async () => {
    const { fifo, lifo, bounded } = await queueing.find()
    sound(fifo.report, lifo.report, bounded.report)
    expect(mean(between(fifo.waits, 6, 8))).toBeGreaterThan(900)
    expect(mean(between(lifo.waits, 6, 8))).toBeLessThan(50)
    expect(mean(between(bounded.waits, 6, 8))).toBeLessThanOrEqual(50)
    const served = [fifo, lifo, bounded].map(({ report }) => report.requests.completed)
    expect(Math.max(...served) / Math.min(...served)).toBeLessThan(1.1)
  })

  it('adaptive queue: capacity is used for callers who are still there, during the overload and after it', async () => {
    const { off, on } = await adaptiveQueue.find()
    expect(mean(between(on.inTime, 8, 20))).toBeGreaterThan(900)
    expect(mean(between(off.inTime, 8, 20))).toBeLessThan(10)
    expect(mean(between(on.inTime, 21, 40))).toBeGreaterThan(650)
    expect(mean(between(off.inTime, 21, 40))).toBeLessThan(10)
  })

  it('fairness: a priority or a limit per client keeps the small one fast, and costs the large one little', async () => {
    const { neither, priority, perClient } = await fairness.find()
    expect(neither.service).toBeGreaterThan(3_000)
    expect(priority.service).toBeLessThan(100)
    expect(perClient.service).toBeLessThan(100)
    expect(priority.job / neither.job).toBeLessThan(1.3)
    expect(perClient.job / neither.job).toBeLessThan(1.35)
  })

  it('backoff: a server that is down is soon tried about once a second, or less', async () => {
    const { backoff, short, constant } = await connectBackoff.find()
    expect(mean(between(constant.tries, 6, 19))).toBeGreaterThan(15)
    expect(mean(between(short.tries, 8, 19))).toBeLessThan(1.5)
    expect(mean(between(backoff.tries, 8, 19))).toBeLessThan(0.6)
    expect(short.backAfter).toBeLessThanOrEqual(1_300)
    expect(backoff.backAfter).toBeLessThanOrEqual(6_100)
  })

  it('outage: a breaker tells callers at once, and retry keeps all of them', async () => {
    const { neither, breaker, retry } = await connectOutage.find()
    expect(retry.failed).toBe(0)
    expect(retry.longestWait).toBeGreaterThan(2_500)
    expect(neither.failed).toBeGreaterThan(300)
    expect(breaker.failed).toBeGreaterThan(neither.failed)
    expect(breaker.toldAfter).toBeLessThan(neither.toldAfter / 100)
  })

  it('idle: lent last first, what a burst has opened times out; lent in turns, all of it stays', async () => {
    const { lifo, fifo, kept } = await idleReuse.find()
    sound(lifo, fifo, kept)
    expect([lifo, fifo, kept].map(({ timeline }) => Math.max(...timeline.size))).toEqual([20, 20, 20])
    expect([lifo, fifo, kept].map(({ timeline }) => last(timeline.size))).toEqual([1, 20, 20])
  })

  it('lifetime: without jitter all connections end together, with it they are replaced one by one', async () => {
    const { none, wide } = await lifetimeJitter.find()
    const after = (points: readonly Point[]) => between(points, 4, 240)
    expect(Math.max(...after(none.opens))).toBe(20)
    expect(Math.max(...after(wide.opens))).toBeLessThanOrEqual(8)
    expect(Math.max(...after(none.waits))).toBeGreaterThan(4 * Math.max(...after(wide.waits)))
  })

  it('health: checks find what has died silently, those before the lease nearly all of it', async () => {
    const { off, every, onAcquire, always } = await health.find()
    sound(off, every, onAcquire, always)
    expect(brokenOf1000(every)).toBeLessThan(brokenOf1000(off) / 1.5)
    expect(brokenOf1000(onAcquire)).toBeLessThan(brokenOf1000(off) / 10)
    expect(brokenOf1000(always)).toBeLessThanOrEqual(brokenOf1000(onAcquire))
    expect(off.requests.wait.mean).toBeLessThan(0.1)
    expect(always.requests.wait.mean).toBeGreaterThan(1.9)
  })

  it('reset: it takes its share of time, and where some hang the timeout decides what is left', async () => {
    const { none, short, long, hangs, hangsBriefly } = await reset.find()
    expect(none / 1_000).toBeCloseTo(1, 2)
    expect(short / none).toBeCloseTo(10 / 11, 2)
    expect(long / none).toBeCloseTo(10 / 15, 2)
    expect(hangs).toBeLessThan(0.6 * short)
    expect(hangsBriefly).toBeGreaterThan(0.9 * short)
  })

  it('leases: without maxDuration the pool has nothing left to lend, with it it goes on', async () => {
    const { off, on } = await leases.find()
    sound(off, on)
    expect(sum(off.timeline.completed.slice(-15))).toBe(0)
    expect(Math.min(...on.timeline.completed.slice(-15))).toBeGreaterThan(300)
  })

  it('shared connections: packed, one or two carry what spread keeps four busy with', async () => {
    const { packed, spread } = await sharedConnections.find()
    sound(packed, spread)
    expect(Math.max(...packed.timeline.size)).toBe(4)
    expect(last(packed.timeline.size)).toBeLessThanOrEqual(2)
    expect(last(spread.timeline.size)).toBe(4)
  })

  it('keyed limits: the total holds through the bursts, and every request is served', async () => {
    const { unlimited, limited } = await keyedLimits.find()
    sound(unlimited, limited)
    expect(limited.connections.peak).toBe(60)
    expect(unlimited.connections.peak).toBeGreaterThan(130)
    expect([limited.requests.completed, limited.requests.rejected]).toEqual([limited.requests.asked, {}])
  })

  it('failover: requests go to the standby and come back, and alone the primary serves nobody', async () => {
    const { alone, withStandby } = await failover.find()
    expect(mean(between(withStandby.standby, 12, 24))).toBeGreaterThan(180)
    expect(mean(between(withStandby.primary, 32, 40))).toBeGreaterThan(180)
    expect(sum(between(withStandby.standby, 32, 40))).toBe(0)
    expect(sum(between(alone.primary, 12, 24))).toBe(0)
    expect(withStandby.requests.rejected).toEqual({})
    expect(sum(Object.values(alone.requests.rejected))).toBeGreaterThan(2_000)
  })

  it('balance: no request fails with a member that hangs, and with ejection they wait less', async () => {
    const { byHand, kept, ejected } = await balance.find()
    expect(byHand.failed).toBeGreaterThan(2_000)
    expect([kept.failed, ejected.failed]).toEqual([0, 0])
    expect(ejected.wait.mean).toBeLessThan(kept.wait.mean / 1.5)
    expect(ejected.wait.p99).toBeLessThan(kept.wait.p99 / 1.3)
  })

  it('stale connections: retryStale hides all of them from callers', async () => {
    const { use, retryStale: retried } = await retryStale.find()
    expect([use.failed, retried.failed]).toEqual([100, 0])
    expect(retried.opened).toBe(101)
  })

  it('flush: all connections are replaced, and no request fails', async () => {
    const { old, fresh, requests, connections } = await flush.find()
    expect(between(old, 2, 2.9)).toSatisfy((values: number[]) => values.every((value) => value === 10))
    expect(last(between(old, 2, 10))).toBe(0)
    expect(last(between(fresh, 2, 10))).toBe(10)
    expect(connections.closed.stale).toBe(10)
    expect(requests).toMatchObject({ broken: 0, rejected: {}, completed: requests.asked })
  })

  it('custom policy: no more than five opens begin in any second', async () => {
    const { without, with: limited } = await customPolicy.find()
    expect(Math.max(...between(limited.opens, 0, 20))).toBe(5)
    expect(Math.max(...between(without.opens, 0, 20))).toBe(24)
    expect(last(between(limited.sizes, 18, 20))).toBe(24)
  })
})
