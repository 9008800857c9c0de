import { setTimeout as timersSetTimeout } from 'node:timers'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createPool, InvalidOptionError } from '@millpond/core'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { NeverIdleError } from './never-idle-error.js'
import { RealTimeError } from './real-time-error.js'
import { virtualClock } from './virtual-clock.js'

describe('the timers of a virtual clock', () => {
  it('fire at their moments, those of one moment in the order in which they were set', async () => {
    const clock = virtualClock(100)
    const fired: string[] = []
    const set = (name: string, ms: number) => clock.setTimeout(() => fired.push(`${name} at ${clock.now()}`), ms)
    set('c', 20)
    set('a', 10)
    set('d', 20)
    set('b', 15)
    expect(clock.pending).toBe(4)
    await clock.advance(15)
    expect(fired).toEqual(['a at 110', 'b at 115'])
    expect(clock.now()).toBe(115)
    await clock.advance(100)
    expect(fired.slice(2)).toEqual(['c at 120', 'd at 120'])
    expect([clock.now(), clock.pending]).toEqual([215, 0])
  })

  it('fire as a plain sorted list of them would, whatever is set and cleared', async () => {
    const step = fc.record({ ms: fc.integer({ min: -1, max: 30 }), clears: fc.option(fc.nat({ max: 200 })) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 250 }), fc.integer({ min: 1, max: 5 }), async (steps, perTurn) => {
        const clock = virtualClock(0, { timersPerTurn: perTurn })
        const fired: number[] = []
        const timers = steps.map(({ ms }, n) => clock.setTimeout(() => fired.push(n), ms))
        const cleared = new Set<number>()
        for (const { clears } of steps) {
          if (clears === null || clears >= steps.length) continue
          clock.clearTimeout(timers[clears])
          cleared.add(clears)
        }
        const expected = steps
          .map(({ ms }, n) => ({ at: Math.max(0, ms), n }))
          .filter(({ n }) => !cleared.has(n))
          .sort((a, b) => a.at - b.at || a.n - b.n)
        expect(clock.pending).toBe(expected.length)
        await clock.advance(15)
        expect(fired).toEqual(expected.filter(({ at }) => at <= 15).map(({ n }) => n))
        await clock.advance(15)
        expect(fired).toEqual(expected.map(({ n }) => n))
      }),
      { numRuns: 60 },
    )
  })

  it('do not pile up when they are cleared again and again', async () => {
    const clock = virtualClock()
    const before = process.memoryUsage().heapUsed
    for (let n = 0; n < 300_000; n++) clock.clearTimeout(clock.setTimeout(() => {}, 30_000))
    expect(clock.pending).toBe(0)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(40_000_000)
  })

  it('are cleared once, and what is no timer of this clock is ignored', async () => {
    const clock = virtualClock()
    let fired = 0
    const timer = clock.setTimeout(() => fired++, 1)
    await clock.advance(1)
    clock.clearTimeout(timer)
    clock.clearTimeout(undefined)
    clock.clearTimeout(17)
    clock.setTimeout(() => fired++, Number.NaN)
    expect(clock.pending).toBe(1)
    await clock.advance(0)
    expect(fired).toBe(2)
  })

  it('find every microtask and tick of those before them done, however long the chain', async () => {
    for (const timersPerTurn of [1, 64]) {
      const clock = virtualClock(0, { timersPerTurn })
      const order: string[] = []
      clock.setTimeout(async () => {
        for (let n = 0; n < 500; n++) await undefined
        await new Promise<void>((resolve) => process.nextTick(resolve))
        order.push('the chain of the first')
        clock.setTimeout(() => order.push('one that it set'), 0)
      }, 5)
      clock.setTimeout(() => order.push('the second'), 5)
      await clock.advance(5)
      expect(order).toEqual(['the chain of the first', 'the second', 'one that it set'])
    }
  })

  it('leave immediates their turn after each, unless more than one may fire in a turn', async () => {
    const orderOf = async (timersPerTurn: number) => {
      const clock = virtualClock(0, { timersPerTurn })
      const order: string[] = []
      clock.setTimeout(() => {}, 1)
      clock.setTimeout(() => setImmediate(() => order.push('immediate')), 2)
      for (let n = 3; n < 9; n++) clock.setTimeout(() => order.push('timer'), n)
      await clock.advance(10)
      return order.indexOf('immediate')
    }
    expect(await orderOf(1)).toBe(0)
    expect(await orderOf(64)).toBeGreaterThan(0)
  })

  it('fire late after a standstill', async () => {
    const clock = virtualClock()
    const fired: number[] = []
    clock.setTimeout(() => fired.push(clock.now()), 10)
    clock.setTimeout(() => fired.push(clock.now()), 60)
    clock.stall(50)
    expect([clock.now(), fired.length]).toEqual([50, 0])
    await clock.advance(20)
    expect(fired).toEqual([50, 60])
    expect(clock.now()).toBe(70)
  })
})

describe('a passage of time', () => {
  it('rejects with what a timer throws, stands still there, and can go on', async () => {
    const clock = virtualClock()
    const failure = new Error('the timer throws')
    let later = 0
    clock.setTimeout(() => {
      throw failure
    }, 5)
    clock.setTimeout(() => later++, 6)
    await expect(clock.advance(10)).rejects.toBe(failure)
    expect([clock.now(), later]).toEqual([5, 0])
    await clock.advance(10)
    expect([clock.now(), later]).toEqual([15, 1])
    clock.setTimeout(() => {
      throw undefined
    }, 1)
    await expect(clock.advance(1)).rejects.toBeUndefined()
  })

  it('begins where the one before it has ended', async () => {
    const clock = virtualClock()
    const seen: number[] = []
    clock.setTimeout(() => void clock.advance(5).then(() => seen.push(clock.now())), 3)
    await Promise.all([clock.advance(10), clock.advance(10).then(() => seen.push(clock.now()))])
    await clock.advance(0)
    expect(seen).toEqual([20, 25])
  })

  it('runs until no timer is left, those set on the way included', async () => {
    const clock = virtualClock()
    let left = 1_000
    const again = () => {
      if (--left > 0) clock.setTimeout(again, 60_000)
    }
    clock.setTimeout(again, 60_000)
    clock.setTimeout(() => {}, Number.POSITIVE_INFINITY)
    await clock.runUntilIdle()
    expect([left, clock.now(), clock.pending]).toEqual([0, 60_000_000, 1])
  })

  it('refuses to run for ever, and says what it knows', async () => {
    const clock = virtualClock()
    const again = () => void clock.setTimeout(again, 7)
    again()
    const error = await clock.runUntilIdle(50).catch((error) => error)
    expect(error).toBeInstanceOf(NeverIdleError)
    expect(error).toMatchObject({ code: 'ERR_VIRTUAL_CLOCK_NEVER_IDLE', fired: 50, now: 350, pending: 1 })
    expect(error.message).toMatch(/After 50 timers, at 350 ms/)
    await expect(clock.runUntilIdle()).rejects.toMatchObject({ fired: 100_000 })
  })

  it('refuses to stand still for ever', { timeout: 30_000 }, async () => {
    const clock = virtualClock(0, { timersPerTurn: 1_000 })
    const again = () => void clock.setTimeout(again, 0)
    again()
    await expect(clock.advance(1)).rejects.toThrow(/Time stands still/)
  })

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to pass %s ms', async (ms) => {
    const clock = virtualClock()
    await expect(clock.advance(ms)).rejects.toThrow(InvalidOptionError)
    expect(() => clock.stall(ms)).toThrow(/Invalid option ms/)
  })

  it('refuses options that make no sense, by name', async () => {
    expect(() => virtualClock(Number.NaN)).toThrow(/Invalid option start: NaN/)
    expect(() => virtualClock(0, { timersPerTurn: 0 })).toThrow(/Invalid option timersPerTurn: 0/)
    expect(() => virtualClock(0, { realTimers: 'no' as 'allow' })).toThrow(/Invalid option realTimers: 'no'/)
    await expect(virtualClock().runUntilIdle(0)).rejects.toThrow(/Invalid option maxTimers: 0/)
  })
})

describe('a branch of a clock', () => {
  it('counts its own timers, in the order of all', async () => {
    const clock = virtualClock()
    const branch = clock.branch()
    const order: string[] = []
    clock.setTimeout(() => order.push('trunk'), 1)
    const timer = branch.setTimeout(() => order.push('branch'), 1)
    branch.setTimeout(() => order.push('branch again'), 1)
    expect([clock.pending, branch.pending]).toEqual([3, 2])
    branch.clearTimeout(timer)
    expect([clock.pending, branch.pending]).toEqual([2, 1])
    await clock.advance(1)
    expect(order).toEqual(['trunk', 'branch again'])
    expect([clock.pending, branch.pending, branch.now()]).toEqual([0, 0, 1])
  })
})

describe('real time that is asked for in virtual time', () => {
  const cleanUps: (() => void)[] = []
  afterEach(() => {
    for (const cleanUp of cleanUps.splice(0)) cleanUp()
  })

  const later = (ms: number, set: (fn: () => void, ms: number) => NodeJS.Timeout = setTimeout) => {
    const timer = set(() => {}, ms)
    cleanUps.push(() => clearTimeout(timer))
    return timer
  }

  it('is an error with the stack of who asked', async () => {
    const clock = virtualClock()
    clock.setTimeout(function anAdapter() {
      later(60_000)
    }, 5)
    const error = await clock.advance(10).catch((error) => error)
    expect(error).toBeInstanceOf(RealTimeError)
    expect(error).toMatchObject({ code: 'ERR_VIRTUAL_CLOCK_REAL_TIME', asked: 'setTimeout' })
    expect(error.stack).toMatch(/^RealTimeError: setTimeout was called .*\n\s+at .*later/)
    expect(error.stack).toContain('anAdapter')
  })

  it.each<[string, () => void]>([
    [
      'an interval',
      () =>
        void cleanUps.push(
          clearInterval.bind(
            undefined,
            setInterval(() => {}, 60_000),
          ),
        ),
    ],
    ['a timer that does not hold the process', () => void later(60_000).unref()],
    ['AbortSignal.timeout', () => void AbortSignal.timeout(60_000)],
    ['a timer of node:timers', () => void later(60_000, timersSetTimeout)],
    ['a promise of node:timers/promises', () => abortable((signal) => sleep(60_000, undefined, { signal }))],
    ['a promisified setTimeout', () => abortable((signal) => promisify(setTimeout)(60_000, undefined, { signal }))],
  ])('is found when it is %s', async (_, ask) => {
    for (const timersPerTurn of [1, 64]) {
      const clock = virtualClock(0, { timersPerTurn })
      clock.setTimeout(async () => {
        await undefined
        ask()
      }, 5)
      await expect(clock.runUntilIdle()).rejects.toThrow(RealTimeError)
    }
  })

  it('is found when a pool calls an adapter between two passages', async () => {
    const clock = virtualClock()
    const open = () => {
      later(60_000)
      return new Promise<object>(() => {})
    }
    const pool = createPool({ name: 'real', open, close() {} }, { clock })
    pool.acquire().catch(() => {})
    await expect(clock.advance(1)).rejects.toThrow(RealTimeError)
    cleanUps.push(() => void pool.destroy())
  })

  it('is no error when nothing of it is pending', async () => {
    const clock = virtualClock()
    clock.setTimeout(() => clearTimeout(setTimeout(() => {}, 60_000)), 5)
    await clock.advance(10)
    clock.now()
    clearInterval(setInterval(() => {}, 60_000))
    await clock.advance(10)
    expect(clock.now()).toBe(20)
  })

  it('is no error again once it has fired', async () => {
    const clock = virtualClock()
    clock.setTimeout(() => setTimeout(() => {}, 1), 5)
    await expect(clock.advance(10)).rejects.toThrow(RealTimeError)
    await new Promise((resolve) => setTimeout(resolve, 5))
    await clock.advance(10)
    expect(clock.now()).toBe(15)
  })

  it('is the affair of whoever asks outside virtual time', async () => {
    later(60_000)
    const clock = virtualClock()
    clock.now()
    await new Promise((resolve) => setImmediate(resolve))
    later(60_000)
    later(60_000, timersSetTimeout)
    await clock.advance(10)
    expect(clock.now()).toBe(10)
  })

  it('can be allowed', async () => {
    const clock = virtualClock(0, { realTimers: 'allow' })
    clock.setTimeout(() => void later(60_000), 5)
    await clock.advance(10)
    expect(clock.now()).toBe(10)
  })

  it('leaves the globals as they were', async () => {
    const globals = () => [setTimeout, setInterval, AbortSignal.timeout]
    const before = globals()
    const clocks = [virtualClock(), virtualClock()]
    for (const clock of clocks) clock.setTimeout(() => expect(globals()).not.toEqual(before), 1)
    await Promise.all(clocks.map((clock) => clock.advance(10)))
    expect(globals()).toEqual(before)
  })

  function abortable(ask: (signal: AbortSignal) => Promise<unknown>): void {
    const aborter = new AbortController()
    ask(aborter.signal).catch(() => {})
    cleanUps.push(() => aborter.abort())
  }
})
