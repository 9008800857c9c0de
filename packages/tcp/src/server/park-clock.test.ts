import { TimerWheel } from '@millpond/core/kit'
import { virtualClock } from '@millpond/testing'
import { expect, it, vi } from 'vitest'
import { ParkClock } from './park-clock.js'

function parkClock() {
  const clock = virtualClock()
  const wheel = new TimerWheel(clock)
  const read = vi.fn(() => clock.now())
  return { clock, wheel, read, park: new ParkClock(wheel, read) }
}

it('is exact where it is asked now and then', async () => {
  const { clock, park } = parkClock()
  for (let i = 0; i < 200; i++) {
    expect(park.now()).toBe(clock.now())
    await clock.advance(5)
  }
})

it('reads the clock once in 20 ms where it is asked all the time, and is never early, nor late by more than that', async () => {
  const { clock, read, park } = parkClock()
  for (let ms = 0; ms < 1_000; ms++) {
    for (let i = 0; i < 50; i++) {
      const late = park.now() - clock.now()
      expect(late).toBeGreaterThanOrEqual(0)
      expect(late).toBeLessThanOrEqual(20)
    }
    await clock.advance(1)
  }
  expect(read.mock.calls.length).toBeLessThan(100)
})

it('sets no timer once it is no longer asked', async () => {
  const { clock, wheel, park } = parkClock()
  for (let i = 0; i < 100; i++) park.now()
  expect(wheel.size).toBe(1)
  await clock.advance(60)
  expect([wheel.size, clock.pending]).toEqual([0, 0])
})
