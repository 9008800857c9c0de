import { expect, it } from 'vitest'
import { type PoissonLoad, runPoissonLoad } from '../../test/poisson-load.js'

/** Twice what ten connections can serve, for a minute; whoever asks has left after a second. */
const overload: PoissonLoad = {
  seed: 20_260,
  duration: 60_000,
  connections: 10,
  service: 10,
  overload: 2,
  patience: 1_000,
}

it('completes at least 95 % of capacity within patience under twice the load, with acquire.adaptive', async () => {
  const { completed, capacity, asked, refused } = await runPoissonLoad(overload, { acquire: { adaptive: true } })
  expect(asked).toBeGreaterThan(1.95 * capacity)
  expect(completed / capacity).toBeGreaterThanOrEqual(0.95)
  expect(refused).toBeGreaterThan(0.9 * capacity)
}, 30_000)

it('completes a few percent without it: nearly all work is for callers who have left', async () => {
  const { completed, wasted, capacity } = await runPoissonLoad(overload, {})
  expect(completed / capacity).toBeLessThan(0.08)
  expect(wasted / capacity).toBeGreaterThan(0.9)
}, 30_000)

it('completes at least 95 % of capacity with callers who withdraw when they leave, too', async () => {
  const { completed, capacity } = await runPoissonLoad(
    { ...overload, seed: 7, withdraws: true },
    { acquire: { adaptive: true } },
  )
  expect(completed / capacity).toBeGreaterThanOrEqual(0.95)
}, 30_000)

it('refuses nobody under nine tenths of the load that it can carry', async () => {
  const load = { ...overload, overload: 0.9, duration: 20_000 }
  const { asked, completed, refused, longestWait } = await runPoissonLoad(load, { acquire: { adaptive: true } })
  expect(refused).toBe(0)
  expect(completed).toBeGreaterThan(0.995 * asked)
  expect(longestWait).toBeLessThan(500)
}, 30_000)
