import { virtualClock } from '@millpond/testing'
import { describe, expect, it } from 'vitest'
import { LazyTimer } from './lazy-timer.js'

describe('a timer for a deadline that moves', () => {
  it('looks once the time has passed, and again after what the look says is left', async () => {
    const clock = virtualClock()
    const looks: number[] = []
    const left = [30, 5, undefined]
    const timer = new LazyTimer(clock, () => {
      looks.push(clock.now())
      return left.shift()
    })
    timer.arm(100)
    await clock.advance(1_000)
    expect(looks).toEqual([100, 130, 135])
    expect(clock.pending).toBe(0)
  })

  it('is one timer however often it is armed', async () => {
    const clock = virtualClock()
    let looks = 0
    const timer = new LazyTimer(clock, () => {
      looks++
      return undefined
    })
    for (let n = 0; n < 10; n++) timer.arm(100)
    expect(clock.pending).toBe(1)
    await clock.advance(200)
    expect(looks).toBe(1)
  })

  it('is gone when it is disarmed, which may be done twice, and can be armed again', async () => {
    const clock = virtualClock()
    let looks = 0
    const timer = new LazyTimer(clock, () => {
      looks++
      return undefined
    })
    timer.arm(100)
    timer.disarm()
    timer.disarm()
    expect(clock.pending).toBe(0)
    timer.arm(100)
    await clock.advance(100)
    expect(looks).toBe(1)
  })

  it('does not hold the process', () => {
    const unreferenced: unknown[] = []
    const clock = {
      ...virtualClock(),
      setTimeout: () => 'the timer',
      unref: (timer: unknown) => unreferenced.push(timer),
    }
    new LazyTimer({ ...clock, now: () => 0, clearTimeout: () => {} }, () => undefined).arm(10)
    expect(unreferenced).toEqual(['the timer'])
  })
})
