import fc from 'fast-check'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { beforeEach, describe, expect, it } from 'vitest'
import { type VirtualClock, virtualClock } from '../../time/virtual-clock.js'
import { readToxic } from '../read-toxic.js'
import type { CompleteStreamToxic, Toxic } from '../toxic.js'
import { makeStage } from './make-stage.js'
import type { Packet, Stage } from './stage.js'

let clock: VirtualClock
/** What came out, and when. */
let passed: { at: number; packet: Packet }[]
let dropped: number

beforeEach(() => {
  clock = virtualClock()
  passed = []
  dropped = 0
})

function stage(toxic: Toxic, seed = 1): Stage {
  const context = {
    pass: (packet: Packet) => passed.push({ at: clock.now(), packet }),
    drop: (bytes: number) => {
      dropped += bytes
    },
  }
  const made = makeStage(readToxic(toxic) as CompleteStreamToxic, context, clock, xoroshiro128plus(seed))
  made.start?.()
  return made
}

const data = (text: string) => Buffer.from(text)

/** `at: packet`, data as text. */
const log = () => passed.map(({ at, packet }) => `${at}: ${packet}`)
const sizes = () => passed.map(({ packet }) => (typeof packet === 'string' ? 0 : packet.length))
const text = () => passed.map(({ packet }) => (typeof packet === 'string' ? '' : packet.toString())).join('')

describe('latency', () => {
  it('delays each chunk and the end by as much, and several may be on the way', async () => {
    const latency = stage({ type: 'latency', latency: 100 })
    latency.take(data('a'))
    await clock.advance(60)
    latency.take(data('b'))
    latency.take('end')
    expect(log()).toEqual([])
    await clock.runUntilIdle()
    expect(log()).toEqual(['100: a', '160: b', '160: end'])
  })

  it('varies by its jitter, within bounds, and lets nothing overtake', async () => {
    const latency = stage({ type: 'latency', latency: 100, jitter: 80 })
    for (let n = 0; n < 200; n++) latency.take(data(`${n},`))
    await clock.runUntilIdle()
    const times = passed.map(({ at }) => at)
    expect(Math.min(...times)).toBeGreaterThanOrEqual(20)
    expect(Math.max(...times)).toBeLessThanOrEqual(181)
    expect(text()).toBe(Array.from({ length: 200 }, (_, n) => `${n},`).join(''))
    passed = []
    // One at a time, nothing holds up the next.
    for (let n = 0; n < 200; n++) {
      const sent = clock.now()
      latency.take(data('x'))
      await clock.runUntilIdle()
      times[n] = clock.now() - sent
    }
    expect(Math.min(...times)).toBeLessThan(40)
    expect(Math.max(...times)).toBeGreaterThan(160)
  })

  it('is never below 0, however large the jitter', async () => {
    const latency = stage({ type: 'latency', latency: 10, jitter: 1_000 })
    for (let n = 0; n < 20; n++) {
      latency.take(data('x'))
      await clock.runUntilIdle()
    }
    expect(passed).toHaveLength(20)
  })

  it('lets a reset overtake', () => {
    const latency = stage({ type: 'latency', latency: 100 })
    latency.take(data('a'))
    latency.take('reset')
    expect(log()).toEqual(['0: reset'])
  })
})

describe('bandwidth', () => {
  it('takes the time that the rate allows, in pieces of a tenth of a second at most', async () => {
    const bandwidth = stage({ type: 'bandwidth', rate: 2 })
    bandwidth.take(Buffer.alloc(450))
    bandwidth.take('end')
    await clock.runUntilIdle()
    expect(passed.map(({ at }, n) => [at, sizes()[n]])).toEqual([
      [100, 200],
      [200, 200],
      [225, 50],
      [225, 0],
    ])
  })

  it('makes the next chunk wait for the one before it, and is free again after a pause', async () => {
    const bandwidth = stage({ type: 'bandwidth', rate: 1 })
    bandwidth.take(Buffer.alloc(30))
    bandwidth.take(Buffer.alloc(30))
    await clock.advance(1_000)
    bandwidth.take(Buffer.alloc(30))
    await clock.runUntilIdle()
    expect(passed.map(({ at }) => at)).toEqual([30, 60, 1_030])
  })

  it('below a byte a piece still moves', async () => {
    const bandwidth = stage({ type: 'bandwidth', rate: 0.001 })
    bandwidth.take(data('ab'))
    await clock.runUntilIdle()
    expect(log()).toEqual(['1000: a', '2000: b'])
  })

  it('lets a reset overtake', () => {
    const bandwidth = stage({ type: 'bandwidth', rate: 1 })
    bandwidth.take(data('a'))
    bandwidth.take('reset')
    expect(log()).toEqual(['0: reset'])
  })
})

describe('a slicer', () => {
  it('cuts data into pieces with a delay between them, the first at once', async () => {
    const slicer = stage({ type: 'slicer', averageSize: 4, delay: 10 })
    slicer.take(data('abcdefghij'))
    slicer.take('end')
    await clock.runUntilIdle()
    expect(log()).toEqual(['0: abcd', '10: efgh', '20: ij', '20: end'])
  })

  it('varies the sizes within bounds', async () => {
    const slicer = stage({ type: 'slicer', averageSize: 10, sizeVariation: 9 })
    slicer.take(Buffer.alloc(5_000))
    await clock.runUntilIdle()
    const whole = sizes().slice(0, -1)
    expect(Math.min(...whole)).toBe(1)
    expect(Math.max(...whole)).toBe(19)
    expect(whole.reduce((sum, size) => sum + size) / whole.length).toBeCloseTo(10, -0.5)
  })

  it('without a delay sends each piece at another moment, so that the receiver reads it by itself', async () => {
    const slicer = stage({ type: 'slicer', averageSize: 1 })
    slicer.take(data('abc'))
    slicer.take(data('d'))
    await clock.runUntilIdle()
    expect(log()).toEqual(['0: a', '1: b', '2: c', '3: d'])
  })

  it('lets a reset overtake', () => {
    const slicer = stage({ type: 'slicer', averageSize: 1 })
    slicer.take(data('ab'))
    slicer.take('reset')
    expect(log()).toEqual(['0: reset'])
  })
})

describe('a timeout', () => {
  it('of 0 holds everything, for ever: data, the end and a reset', async () => {
    const blackhole = stage({ type: 'timeout', timeout: 0 })
    for (const packet of [data('a'), 'end', 'reset'] as const) blackhole.take(packet)
    await clock.advance(1e9)
    expect([passed, clock.pending]).toEqual([[], 0])
  })

  it('closes when it is over, and what was sent before or comes after is lost', async () => {
    const blackhole = stage({ type: 'timeout', timeout: 500 })
    blackhole.take(data('abc'))
    await clock.advance(499)
    expect(log()).toEqual([])
    await clock.advance(1)
    expect(log()).toEqual(['500: close'])
    expect(dropped).toBe(3)
    blackhole.take(data('de'))
    blackhole.take('end')
    expect([log().length, dropped]).toEqual([1, 5])
  })

  it('that is removed in time closes nothing', async () => {
    const blackhole = stage({ type: 'timeout', timeout: 500 })
    blackhole.take(data('abc'))
    blackhole.take('end')
    await clock.advance(400)
    blackhole.release()
    await clock.runUntilIdle()
    expect(log()).toEqual(['400: abc', '400: end'])
  })
})

describe('a reset_peer', () => {
  it('resets at once, or after its timeout, and lets data pass until then', async () => {
    stage({ type: 'reset_peer' })
    expect(log()).toEqual(['0: reset'])
    const later = stage({ type: 'reset_peer', timeout: 50 })
    later.take(data('a'))
    await clock.runUntilIdle()
    expect(log().slice(1)).toEqual(['0: a', '50: reset'])
  })

  it('that is removed in time resets nothing', async () => {
    stage({ type: 'reset_peer', timeout: 50 }).release()
    await clock.runUntilIdle()
    expect(passed).toEqual([])
  })
})

describe('a slow_close', () => {
  it.each(['end', 'close'] as const)('delays the %s and nothing else', async (ending) => {
    const slow = stage({ type: 'slow_close', delay: 300 })
    slow.take(data('a'))
    await clock.advance(10)
    slow.take(ending)
    await clock.runUntilIdle()
    expect(log()).toEqual(['0: a', `310: ${ending}`])
  })

  it('lets a reset overtake the end that it delays', async () => {
    const slow = stage({ type: 'slow_close', delay: 300 })
    slow.take('end')
    slow.take('reset')
    expect(log()).toEqual(['0: reset'])
  })
})

describe('a limit_data', () => {
  it('lets so many bytes pass, then closes and drops the rest', () => {
    const limit = stage({ type: 'limit_data', bytes: 5 })
    limit.take(data('abc'))
    limit.take(data('defg'))
    limit.take(data('h'))
    expect(log()).toEqual(['0: abc', '0: de', '0: close'])
    expect(dropped).toBe(3)
  })

  it('closes when the limit is reached exactly, and at the first byte when it is 0', () => {
    stage({ type: 'limit_data', bytes: 1 }).take(data('a'))
    stage({ type: 'limit_data', bytes: 0 }).take(data('b'))
    expect(log()).toEqual(['0: a', '0: close', '0: close'])
    expect(dropped).toBe(1)
  })

  it('lets the end pass below the limit', () => {
    const limit = stage({ type: 'limit_data', bytes: 5 })
    limit.take(data('abc'))
    limit.take('end')
    expect(log()).toEqual(['0: abc', '0: end'])
  })
})

describe('every toxic', () => {
  const all: Toxic[] = [
    { type: 'latency', latency: 1_000, jitter: 500 },
    { type: 'bandwidth', rate: 0.01 },
    { type: 'slicer', averageSize: 3, sizeVariation: 2, delay: 1_000 },
    { type: 'timeout', timeout: 60_000 },
    { type: 'reset_peer', timeout: 60_000 },
    { type: 'slow_close', delay: 1_000 },
    { type: 'limit_data', bytes: 1_000 },
  ]

  it.each(all)(
    'that is removed passes on at once what it held, every byte in order, and keeps no timer: %o',
    (toxic) => {
      const made = stage(toxic)
      made.take(data('the quick brown fox '))
      made.take(data('jumps'))
      made.take('end')
      made.release()
      expect(text()).toBe('the quick brown fox jumps')
      expect(passed.at(-1)?.packet).toBe('end')
      expect(passed.filter(({ packet }) => packet === 'end')).toHaveLength(1)
      expect(clock.pending).toBe(0)
    },
  )

  it.each(all)('of a connection that is gone passes nothing more on and keeps no timer: %o', async (toxic) => {
    const made = stage(toxic)
    made.take(data('the quick brown fox'))
    made.take('end')
    const before = passed.length
    made.discard()
    expect(clock.pending).toBe(0)
    await clock.advance(1e6)
    made.release()
    expect(passed).toHaveLength(before)
  })

  it('that only delays or cuts changes no byte and no order, whatever is sent when', async () => {
    const toxic = fc.oneof(
      fc.record({ type: fc.constant('latency' as const), latency: fc.nat(50), jitter: fc.nat(80) }),
      fc.record({ type: fc.constant('bandwidth' as const), rate: fc.double({ min: 0.01, max: 100, noNaN: true }) }),
      fc.record({
        type: fc.constant('slicer' as const),
        averageSize: fc.integer({ min: 1, max: 9 }),
        delay: fc.nat(5),
      }),
      fc.record({ type: fc.constant('slow_close' as const), delay: fc.nat(100) }),
    )
    const step = fc.record({ wait: fc.nat(40), text: fc.string({ minLength: 1, maxLength: 60 }) })
    await fc.assert(
      fc.asyncProperty(toxic, fc.array(step, { maxLength: 12 }), fc.nat(12), async (spec, steps, removeAt) => {
        clock = virtualClock()
        passed = []
        const made = stage(spec)
        for (const [n, { wait, text: each }] of steps.entries()) {
          await clock.advance(wait)
          made.take(data(each))
          if (n === removeAt) made.release()
        }
        made.take('end')
        await clock.runUntilIdle()
        const sent = steps.map((each) => each.text).join('')
        const came = Buffer.concat(passed.map(({ packet }) => (typeof packet === 'string' ? data('') : packet)))
        expect(came.toString()).toBe(data(sent).toString())
        expect(passed.findIndex(({ packet }) => packet === 'end')).toBe(passed.length - 1)
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 150 },
    )
  })
})
