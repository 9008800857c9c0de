import { isPoolError } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import type { Part } from '../part.js'
import { replicas } from './replicas.js'
import { sharedLimit } from './shared-limit.js'
import { shedding } from './shedding.js'
import { spike } from './spike.js'
import { staleConnections } from './stale-connections.js'
import { standby } from './standby.js'
import { tenants } from './tenants.js'
import { yesterdaysPrimary } from './yesterdays-primary.js'

/** Runs a part, all of whose findings must hold. */
async function figuresOf<F>(part: Part<F>): Promise<F> {
  const { figures, findings } = await part()
  expect(findings.filter(({ holds }) => !holds)).toEqual([])
  return figures
}

describe('what the parts show', { timeout: 30_000 }, () => {
  it('keeps tenants within their limits, answers them all, and refuses a fifth while four are at work', async () => {
    const figures = await figuresOf(tenants)
    expect(figures.answered).toEqual({ ofImport: 100, ofOthers: 20 })
    expect(figures.importLeft).toBeGreaterThan(0)
    expect(figures.mostOfImport).toBe(2)
    expect(figures.most).toEqual({ inTotal: 4, ofOneTenant: 3 })
    expect(isPoolError(figures.fifthTenant.refusal, 'ERR_POOL_OVERLOADED')).toBe(true)
    expect(figures.fifthTenant).toMatchObject({ answeredBy: 'database', keys: 4 })
  })

  it('keeps two pools within one limit, of which either may have all, and neither starves the other', async () => {
    const figures = await figuresOf(sharedLimit)
    expect(figures).toMatchObject({ batchAlone: 4, webAnswered: 10, webAlone: 4, most: 4 })
    expect(figures.batchMeanwhile).toBeGreaterThan(0)
  })

  it('shares reads between replicas, loses none when they are killed, and has both back afterwards', async () => {
    const figures = await figuresOf(replicas)
    const { both, inFlight, oneKilled, bothKilled, restarted } = figures
    expect([both, inFlight, oneKilled, bothKilled, restarted].map(({ failed }) => failed)).toEqual([0, 0, 0, 0, 0])
    expect(inFlight.by).toEqual({ 'replica-1': 8 })
    expect(oneKilled.by).toEqual({ 'replica-1': 80 })
    expect(bothKilled.by).toEqual({ primary: 80 })
    for (const { by } of [both, restarted]) {
      expect(Object.keys(by).sort()).toEqual(['replica-1', 'replica-2'])
      expect(Math.min(...Object.values(by))).toBeGreaterThan(20)
    }
  })

  it('writes to the standby while the primary is down, fails only what was in flight, and goes back', async () => {
    const figures = await figuresOf(standby)
    expect(figures).toMatchObject({
      before: { by: { primary: 80 }, failed: 0 },
      inFlight: { by: {}, failed: 4 },
      down: { by: { standby: 80 }, failed: 0 },
      after: { by: { primary: 80 }, failed: 0 },
    })
  })

  it('asks again on a fresh connection when a reused one was dead, unless something had been answered', async () => {
    const figures = await figuresOf(staleConnections)
    expect(figures.withoutRetry).toBeInstanceOf(Error)
    expect(figures.withRetry).toBe('database')
    expect(figures.halfAnswered).toBeInstanceOf(Error)
  })

  it("retires all connections to yesterday's primary, and the one in use after its answer", async () => {
    const figures = await figuresOf(yesterdaysPrimary)
    expect(figures).toEqual({
      before: { by: { monday: 30 }, failed: 0 },
      inFlight: 'monday',
      after: { by: { tuesday: 30 }, failed: 0 },
      retired: 3,
    })
  })

  it('sheds reports while others wait, and no orders', async () => {
    const figures = await figuresOf(shedding)
    expect(figures).toEqual({
      everythingWaits: { orders: 20, reports: 20, shed: 0, waiting: 38 },
      // One report had a connection at once, two came when fewer than four waited.
      reportsAreShed: { orders: 20, reports: 3, shed: 17, waiting: 21 },
    })
  })

  it('opens at most 5 connections for 50 short requests where eager growth opens 45, more for long ones', async () => {
    const figures = await figuresOf(spike)
    expect(figures.short).toMatchObject({ elastic: { answered: 50 }, eager: { answered: 50, opens: 45 } })
    expect(figures.short.elastic.opens).toBeLessThanOrEqual(5)
    expect(figures.long).toMatchObject({ elastic: { answered: 20 }, eager: { answered: 20, opens: 15 } })
    expect(figures.long.elastic.opens).toBeGreaterThanOrEqual(5)
  })
})
