import { expect, it } from 'vitest'
import { type Demand, elasticOpens } from './elastic-growth.js'

const opens = (demand: Partial<Demand>) =>
  elasticOpens({ waiting: 0, servable: 0, connectTime: Number.NaN, leaseTime: Number.NaN, oldestWait: 0, ...demand })

it('opens one for each waiter when nothing is connected', () => {
  expect(opens({ waiting: 7 })).toBe(7)
  expect(opens({ waiting: 7, connectTime: 100, leaseTime: 5 })).toBe(7)
})

it('opens one at a time while no connect time is known', () => {
  expect(opens({ waiting: 7, servable: 2 })).toBe(1)
})

it('opens none when a release is expected sooner than an open', () => {
  expect(opens({ waiting: 50, servable: 5, connectTime: 150, leaseTime: 2 })).toBe(0)
})

it('counts an unknown lease time as 0 while connections are at hand', () => {
  expect(opens({ waiting: 50, servable: 5, connectTime: 150 })).toBe(0)
})

it('opens as many as would serve the last waiter within one connect time', () => {
  expect(opens({ waiting: 50, servable: 5, connectTime: 150, leaseTime: 100 })).toBe(Math.ceil((50 * 100) / 150) - 5)
})

it('opens at least one when waiting takes longer than opening', () => {
  expect(opens({ waiting: 2, servable: 10, connectTime: 10, leaseTime: 51 })).toBe(1)
})

it('opens none when waiting takes exactly as long as opening', () => {
  expect(opens({ waiting: 2, servable: 10, connectTime: 10, leaseTime: 50 })).toBe(0)
})

it('doubles at most once the oldest waiter has waited a connect time', () => {
  expect(opens({ waiting: 50, servable: 5, connectTime: 150, oldestWait: 149 })).toBe(0)
  expect(opens({ waiting: 50, servable: 5, connectTime: 150, oldestWait: 150 })).toBe(5)
})

it('never opens more than there are waiters', () => {
  expect(opens({ waiting: 3, servable: 5, connectTime: 150, oldestWait: 150 })).toBe(3)
  expect(opens({ waiting: 3, servable: 1, connectTime: 1, leaseTime: 1_000_000 })).toBe(3)
  expect(opens({ waiting: 3, servable: 1, connectTime: 0, leaseTime: 10 })).toBe(3)
  expect(opens({ waiting: 0, servable: 1, connectTime: 0, leaseTime: 10 })).toBe(0)
})
