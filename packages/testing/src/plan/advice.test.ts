import { expect, it } from 'vitest'
import { advice } from './advice.js'
import type { Plan } from './make-plan.js'
import type { SizeTrial } from './size-trial.js'

function trial(size: number, p99: number, timedOut = 0): SizeTrial {
  const wait = { p50: 0, p99, max: 2 * p99 }
  return { size, wait, utilisation: 0.5, opened: size, timedOut, meetsTarget: p99 <= 5 && timedOut === 0 }
}

const request = {
  rate: 100,
  p50: 10,
  p99: 50,
  connect: 20,
  target: 5,
  max: 6,
  min: 0,
  timeout: 30_000,
  duration: 60_000,
  seed: 1,
}

function plan(changed: Partial<Plan>): Plan {
  return { request, offeredLoad: 3.21, trials: [], recommended: undefined, remedies: undefined, ...changed }
}

it('recommends a size and compares it with the next smaller one', () => {
  const trials = [trial(4, 30.123), trial(5, 7.001), trial(6, 4.5678)]
  expect(advice(plan({ trials, recommended: 6 }))).toBe(
    'Use 6 connections (size.max: 6), the smallest size that does: its p99 wait of 4.57 ms meets the target of 5 ms; with 5 it is 7 ms.',
  )
})

it('tells that with the next smaller one requests give up', () => {
  const trials = [trial(4, 4, 7), trial(5, 1)]
  expect(advice(plan({ trials, recommended: 5 }))).toMatch(/; with 4 it is 4 ms, and 7 requests gave up waiting\.$/)
})

it('explains why nothing smaller was simulated', () => {
  expect(advice(plan({ trials: [trial(4, 1)], recommended: 4 }))).toMatch(
    /; fewer could not keep up, since the requests keep 3\.21 of them busy on average\.$/,
  )
  expect(advice(plan({ trials: [trial(1, 1)], recommended: 1, offeredLoad: 0.2 }))).toBe(
    'Use 1 connection (size.max: 1): its p99 wait of 1 ms meets the target of 5 ms.',
  )
})

it('says that no size meets the target, by how much, and what would', () => {
  const remedies = { keepOpen: undefined, size: 9, sizeKeptOpen: undefined, service: 0.625 }
  expect(advice(plan({ trials: [trial(6, 32.2)], remedies }))).toBe(
    'No size up to 6 meets the target of 5 ms: with 6 the p99 wait is 32.2 ms. This would: 9 connections; or requests that hold their connection 37.5 % shorter (p50 6.25 ms, p99 31.3 ms).',
  )
})

it('says that the limit cannot keep up', () => {
  const remedies = { keepOpen: undefined, size: undefined, sizeKeptOpen: 15, service: undefined }
  expect(advice(plan({ trials: [trial(6, 30_000, 99)], offeredLoad: 8, remedies }))).toBe(
    'No size up to 6 meets the target of 5 ms: 6 cannot keep up, since the requests keep 8 of them busy on average. This would: 15 connections, all kept open (size.min: 15).',
  )
})

it('says that keeping some open would be enough', () => {
  expect(advice(plan({ trials: [trial(6, 300)], remedies: { keepOpen: 4 } }))).toMatch(
    /This would: 4 connections kept open \(size\.min: 4\)\.$/,
  )
})

it('says that nothing helps where nothing does', () => {
  expect(advice(plan({ trials: [trial(6, 300)], remedies: { keepOpen: undefined } }))).toMatch(
    /Nothing that was tried would\.$/,
  )
})
