import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { type VirtualClock, virtualClock } from '../../test/virtual-clock.js'
import { Alarm, EXPIRIES_AT_ONCE, TimerWheel } from './timer-wheel.js'

const EPOCH = 2 ** 30

/** Passes time and fires without microtasks between: a thousand random runs of it take no time. */
class SteppingClock {
  time = 0
  timer: { at: number; fn: () => void } | undefined
  timersAtOnce = 0
  readonly now = () => this.time
  readonly setTimeout = (fn: () => void, ms: number) => {
    if (this.timer !== undefined) this.timersAtOnce++
    this.timer = { at: this.time + ms, fn }
    return this.timer
  }
  readonly clearTimeout = (timer: unknown) => {
    if (timer === this.timer) this.timer = undefined
  }

  advance(ms: number): void {
    const until = this.time + ms
    for (let next = this.timer; next !== undefined && next.at <= until; next = this.timer) {
      this.time = Math.max(this.time, next.at)
      this.timer = undefined
      next.fn()
    }
    this.time = until
  }
}

function wheelOn(clock: VirtualClock = virtualClock()) {
  const fired: [name: string, at: number][] = []
  const wheel = new TimerWheel(clock)
  const alarm = (name: string, also: () => void = () => {}) =>
    new Alarm(() => {
      fired.push([name, clock.now()])
      also()
    })
  return { clock, wheel, fired, alarm }
}

it('fires an entry at its millisecond, once, and not before', async () => {
  for (const ms of [1, 2, 31, 32, 33, 63, 64, 1023, 1024, 1025, 32_767, 32_768, 40_000, 1_048_577, 86_400_000]) {
    const { clock, wheel, fired, alarm } = wheelOn()
    wheel.arm(alarm('a'), ms)
    await clock.advance(ms - 1)
    expect(fired, `${ms}`).toEqual([])
    await clock.advance(1)
    expect(fired, `${ms}`).toEqual([['a', ms]])
    await clock.advance(ms)
    expect(fired, `${ms}`).toHaveLength(1)
  }
})

it('fires within 2 ms and never early when times have fractions of a millisecond', async () => {
  for (const start of [1_000, 1_000.2, 1_000.7]) {
    for (const at of [1_010, 1_010.2, 1_010.9]) {
      const { clock, wheel, fired, alarm } = wheelOn(virtualClock(start))
      wheel.arm(alarm('a'), at)
      await clock.advance(20)
      expect(fired).toHaveLength(1)
      expect(fired[0]?.[1]).toBeGreaterThanOrEqual(at)
      expect(fired[0]?.[1]).toBeLessThan(at + 2)
    }
  }
})

it('fires entries in the order of their times, and those of one time in the order in which they were armed', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  for (const [name, at] of [
    ['d', 500],
    ['a', 3],
    ['c1', 70],
    ['b', 69],
    ['c2', 70],
    ['c3', 70],
  ] as const) {
    wheel.arm(alarm(name), at)
  }
  await clock.advance(1000)
  expect(fired).toEqual([
    ['a', 3],
    ['b', 69],
    ['c1', 70],
    ['c2', 70],
    ['c3', 70],
    ['d', 500],
  ])
})

it('fires what is due in the past at the next tick', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  await clock.advance(100)
  wheel.arm(alarm('a'), 20)
  expect(fired).toEqual([])
  await clock.advance(1)
  expect(fired).toEqual([['a', 101]])
})

it('does not fire an entry that was disarmed', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  const entry = alarm('a')
  wheel.arm(entry, 50)
  expect(entry.armed).toBe(true)
  wheel.disarm(entry)
  wheel.disarm(entry)
  expect(entry.armed).toBe(false)
  await clock.advance(100)
  expect(fired).toEqual([])
})

it('moves an entry that is armed again, to earlier as well as to later', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  const [sooner, later] = [alarm('sooner'), alarm('later')]
  wheel.arm(sooner, 5_000)
  wheel.arm(later, 10)
  wheel.arm(sooner, 20)
  wheel.arm(later, 5_000)
  expect(wheel.size).toBe(2)
  await clock.advance(10_000)
  expect(fired).toEqual([
    ['sooner', 20],
    ['later', 5_000],
  ])
})

it('disarms an entry that is armed for Infinity', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  const entry = alarm('a')
  wheel.arm(entry, 10)
  wheel.arm(entry, Number.POSITIVE_INFINITY)
  expect(entry.armed).toBe(false)
  expect(clock.pending).toBe(0)
  await clock.advance(1000)
  expect(fired).toEqual([])
})

it('does not fire an entry that another one of the same tick disarms', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  const victims = [alarm('victim 1'), alarm('victim 2')]
  const first = alarm('first', () => victims.map((victim) => wheel.disarm(victim)))
  wheel.arm(first, 40)
  for (const victim of victims) wheel.arm(victim, 40)
  wheel.arm(alarm('last'), 40)
  await clock.advance(100)
  expect(fired.map(([name]) => name)).toEqual(['first', 'last'])
  expect(wheel.size).toBe(0)
})

it('postpones an entry that another one of the same tick arms again', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  const other = alarm('other')
  wheel.arm(
    alarm('first', () => wheel.arm(other, 90)),
    40,
  )
  wheel.arm(other, 40)
  await clock.advance(100)
  expect(fired).toEqual([
    ['first', 40],
    ['other', 90],
  ])
})

it('lets an entry arm itself and others while it fires', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  const other = alarm('other')
  let rounds = 0
  const again: Alarm = alarm('again', () => {
    wheel.arm(other, clock.now() + 1)
    if (++rounds < 3) wheel.arm(again, clock.now() + 100)
  })
  wheel.arm(again, 100)
  await clock.advance(1000)
  expect(fired).toEqual([
    ['again', 100],
    ['other', 101],
    ['again', 200],
    ['other', 201],
    ['again', 300],
    ['other', 301],
  ])
  expect(clock.pending).toBe(0)
})

it('is disarmed by the time it fires', async () => {
  const { clock, wheel, alarm } = wheelOn()
  const seen: boolean[] = []
  const entry: Alarm = alarm('a', () => seen.push(entry.armed))
  wheel.arm(entry, 5)
  await clock.advance(5)
  expect(seen).toEqual([false])
})

it('fires everything overdue, in order, when the process slept through it', () => {
  const clock = new SteppingClock()
  const wheel = new TimerWheel(clock)
  const fired: string[] = []
  for (const [name, at] of [
    ['b', 1_000],
    ['a', 10],
    ['c', 50_000],
  ] as const) {
    wheel.arm(new Alarm(() => fired.push(name)), at)
  }
  clock.time = 60_000
  const timer = clock.timer
  clock.timer = undefined
  timer?.fn()
  expect(fired).toEqual(['a', 'b', 'c'])
})

it('spreads what is due at once over ticks, in order, so that the event loop goes on meanwhile', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  const names = Array.from({ length: 3 * EXPIRIES_AT_ONCE }, (_, index) => `${index}`)
  for (const name of names) wheel.arm(alarm(name), 20)
  wheel.arm(alarm('next'), 21)
  await clock.advance(20)
  expect(fired).toHaveLength(EXPIRIES_AT_ONCE)
  await clock.advance(1)
  expect(fired).toHaveLength(2 * EXPIRIES_AT_ONCE)
  await clock.advance(2)
  expect(fired.map(([name]) => name)).toEqual([...names, 'next'])
  expect([wheel.size, clock.pending]).toEqual([0, 0])
})

it('fires what an entry has armed for the past in a later turn, however late this one is', () => {
  const clock = new SteppingClock()
  const wheel = new TimerWheel(clock)
  let fired = 0
  const again: Alarm = new Alarm(() => {
    fired++
    wheel.arm(again, 10)
  })
  wheel.arm(again, 10)
  clock.time = 500
  const timer = clock.timer
  clock.timer = undefined
  timer?.fn()
  expect(fired).toBe(1)
  clock.advance(1)
  expect(fired).toBe(2)
})

it('lets what is put off for a tick be disarmed and armed again', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  const entries = Array.from({ length: EXPIRIES_AT_ONCE + 3 }, (_, index) => alarm(`${index}`))
  for (const entry of entries) wheel.arm(entry, 20)
  await clock.advance(20)
  const [disarmed, armedAgain, last] = entries.slice(-3) as [Alarm, Alarm, Alarm]
  wheel.disarm(disarmed)
  wheel.arm(armedAgain, 90)
  await clock.advance(1)
  expect(fired.slice(EXPIRIES_AT_ONCE)).toEqual([[`${entries.indexOf(last)}`, 21]])
  await clock.advance(69)
  expect(fired.at(-1)).toEqual([`${entries.indexOf(armedAgain)}`, 90])
  expect([wheel.size, clock.pending]).toEqual([0, 0])
})

it('moves very many entries down a level over several ticks, and fires them at their time', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  const count = 100 * EXPIRIES_AT_ONCE
  for (let index = 0; index < count; index++) wheel.arm(alarm('early'), 64 + (index % 4) * 200)
  await clock.advance(10_000)
  expect(fired).toHaveLength(count)
  for (const [group, [, at]] of fired.entries())
    expect(at).toBeGreaterThanOrEqual(64 + Math.floor((4 * group) / count) * 200)
})

it('fires in the next tick what an expiry that threw has left behind', () => {
  const clock = new SteppingClock()
  const wheel = new TimerWheel(clock)
  const fired: number[] = []
  wheel.arm(
    new Alarm(() => {
      throw new Error('from an expiry')
    }),
    10,
  )
  wheel.arm(new Alarm(() => fired.push(clock.time)), 10)
  expect(() => clock.advance(10)).toThrow('from an expiry')
  clock.advance(1)
  expect(fired).toEqual([11])
})

it('waits for delays beyond 2^31 ms without asking the clock for more than it can', async () => {
  for (const ms of [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 33 + 12_345]) {
    const clock = virtualClock()
    const asked = vi.spyOn(clock, 'setTimeout')
    const { wheel, fired, alarm } = wheelOn(clock)
    wheel.arm(alarm('a'), ms)
    await clock.advance(2 ** 34)
    expect(fired).toEqual([['a', ms]])
    for (const [, wait] of asked.mock.calls) expect(wait).toBeLessThan(2 ** 31)
  }
})

it('keeps its exactness across the ends of the 2^30 ms that its levels cover', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  await clock.advance(EPOCH - 100)
  wheel.arm(alarm('before'), EPOCH - 1)
  wheel.arm(alarm('at'), EPOCH)
  wheel.arm(alarm('after'), EPOCH + 1)
  wheel.arm(alarm('next'), 2 * EPOCH + 7)
  await clock.advance(2 * EPOCH)
  expect(fired).toEqual([
    ['before', EPOCH - 1],
    ['at', EPOCH],
    ['after', EPOCH + 1],
    ['next', 2 * EPOCH + 7],
  ])
})

it('has at most one timer of the clock, and none when nothing is armed', async () => {
  const { clock, wheel, alarm } = wheelOn()
  expect(clock.pending).toBe(0)
  const entries = [300, 20, 100_000, 1].map((at) => {
    const entry = alarm(`${at}`)
    wheel.arm(entry, at)
    expect(clock.pending).toBe(1)
    return entry
  })
  await clock.advance(50)
  expect(clock.pending).toBe(1)
  for (const entry of entries) wheel.disarm(entry)
  expect(clock.pending).toBe(0)
})

it('has no timer left once all that was armed has fired', async () => {
  const { clock, wheel, alarm } = wheelOn()
  wheel.arm(alarm('a'), 10)
  wheel.arm(alarm('b'), 3_000)
  await clock.advance(3_000)
  expect(clock.pending).toBe(0)
  expect(wheel.size).toBe(0)
})

it('disarms everything when cleared, also from within an entry, and can be used again', async () => {
  const { clock, wheel, fired, alarm } = wheelOn()
  wheel.arm(
    alarm('clearing', () => wheel.clear()),
    10,
  )
  const others = [10, 11, 5_000, 2 ** 31].map((at) => {
    const entry = alarm(`${at}`)
    wheel.arm(entry, at)
    return entry
  })
  await clock.advance(10)
  expect(fired.map(([name]) => name)).toEqual(['clearing'])
  expect(others.some((entry) => entry.armed)).toBe(false)
  expect([wheel.size, clock.pending]).toEqual([0, 0])
  wheel.arm(alarm('again'), 20)
  await clock.advance(10)
  expect(fired.at(-1)).toEqual(['again', 20])
})

it('holds the process only while it is told to, by every timer that it sets', async () => {
  const clock = virtualClock()
  const held = new Map<unknown, boolean>()
  const wheel = new TimerWheel({
    now: clock.now,
    clearTimeout: clock.clearTimeout,
    setTimeout: (fn, ms) => {
      const timer = clock.setTimeout(fn, ms)
      held.set(timer, true)
      return timer
    },
    ref: (timer) => held.set(timer, true),
    unref: (timer) => held.set(timer, false),
  })
  const holds = () => [...held.values()].at(-1)

  wheel.arm(new Alarm(() => {}), 100)
  expect(holds()).toBe(false)
  wheel.holdProcess(true)
  expect(holds()).toBe(true)
  wheel.arm(new Alarm(() => {}), 50)
  expect(held.size).toBe(2)
  expect(holds()).toBe(true)
  wheel.holdProcess(false)
  expect(holds()).toBe(false)
  await clock.advance(60)
  expect(held.size).toBe(3)
  expect(holds()).toBe(false)
})

it('works with a clock that has neither ref nor unref', async () => {
  const clock = virtualClock()
  const wheel = new TimerWheel({ now: clock.now, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout })
  const fn = vi.fn()
  wheel.holdProcess(true)
  wheel.arm(new Alarm(fn), 5)
  wheel.holdProcess(false)
  await clock.advance(5)
  expect(fn).toHaveBeenCalledTimes(1)
})

it('sets its timers in the scope that it was given', () => {
  const clock = virtualClock()
  const scopes: string[] = []
  const wheel = new TimerWheel(clock, (fn) => {
    scopes.push('in')
    fn()
    scopes.push('out')
  })
  wheel.arm(new Alarm(() => {}), 5)
  expect(scopes).toEqual(['in', 'out'])
})

const delay = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: 0, max: 2 ** 31 }),
)
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('arm'), entry: fc.nat(19), in: delay }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('disarm'), entry: fc.nat(19), in: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('advance'), entry: fc.constant(0), in: delay }) },
)

it('fires what a sorted list fires, at the same times, whatever is armed, disarmed and advanced', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 2 ** 31 }), (steps, start) => {
      const clock = new SteppingClock()
      clock.time = start
      const wheel = new TimerWheel(clock)
      const fired: [number, number][] = []
      const entries = Array.from({ length: 20 }, (_, i) => new Alarm(() => fired.push([Math.ceil(clock.time), i])))
      const listed = new Map<number, number>()
      const expected: [number, number][] = []

      for (const { do: action, entry, in: ms } of steps) {
        if (action === 'arm') {
          wheel.arm(entries[entry] as Alarm, clock.time + ms)
          listed.set(entry, Math.max(Math.ceil(clock.time + ms), Math.floor(clock.time) + 1))
        } else if (action === 'disarm') {
          wheel.disarm(entries[entry] as Alarm)
          listed.delete(entry)
        } else {
          clock.advance(ms)
          const due = [...listed].filter(([, at]) => at <= clock.time).sort(([, a], [, b]) => a - b)
          for (const [i, at] of due) {
            listed.delete(i)
            expected.push([at, i])
          }
        }
        if (wheel.size !== listed.size) return false
        if ((clock.timer === undefined) !== (listed.size === 0)) return false
      }
      const byTimeThenEntry = (a: [number, number], b: [number, number]) => a[0] - b[0] || a[1] - b[1]
      expect(fired.map(([at]) => at)).toEqual(expected.map(([at]) => at))
      expect([...fired].sort(byTimeThenEntry)).toEqual(expected.sort(byTimeThenEntry))
      expect(clock.timersAtOnce).toBe(0)
      return true
    }),
    { numRuns: 2_000 },
  )
})
