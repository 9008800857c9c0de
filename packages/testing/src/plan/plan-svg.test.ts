import { describe, expect, it } from 'vitest'
import type { Plan } from './make-plan.js'
import { planSvg } from './plan-svg.js'
import type { SizeTrial } from './size-trial.js'

function trial(size: number, p99: number): SizeTrial {
  const wait = { p50: 0, p99, max: 2 * p99 }
  return { size, wait, utilisation: 0.5, opened: size, timedOut: 0, meetsTarget: p99 <= 5 }
}

const plan: Plan = {
  request: {
    rate: 100,
    p50: 10,
    p99: 50,
    connect: 20,
    target: 5,
    max: 20,
    min: 0,
    timeout: 30_000,
    duration: 60_000,
    seed: 1,
  },
  offeredLoad: 3.21,
  trials: [trial(4, 900), trial(5, 20), trial(6, 9), trial(7, 4), trial(8, 1)],
  recommended: 7,
  remedies: undefined,
}

/** The numbers in an element of this class. */
function numbersOf(svg: string, className: string): readonly number[] {
  const element = svg.match(new RegExp(`<[^>]*class="${className}"[^>]*>`))?.[0] ?? ''
  const place = element.match(/translate\((.*?)\)/)?.[1] ?? element.match(/ d="M(.*?)Z?"/)?.[1] ?? ''
  return place.split(/[ ,LM]+/).map(Number)
}

/** Where the line of the target is. */
function targetOf(svg: string): number {
  return Number(svg.match(/y1="([\d.]+)"[^>]*class="target"/)?.[1])
}

describe('the plot of a plan', () => {
  const svg = planSvg(plan)

  it('has a point for every size, in their order, whose height is the p99 wait', () => {
    const numbers = numbersOf(svg, 'curve')
    const [x, y] = [numbers.filter((_, n) => n % 2 === 0), numbers.filter((_, n) => n % 2 === 1)]
    expect(x).toEqual(x.toSorted((a, b) => a - b))
    expect(y).toEqual(y.toSorted((a, b) => a - b))
    expect(y).toHaveLength(5)
    const [, five = 0, six = 0, seven = 0, eight = 0] = y
    expect((eight - seven) / (six - five)).toBeCloseTo(3 / 11, 3)
    for (const { size, wait } of plan.trials)
      expect(svg).toContain(`<title>${size} connections: ${wait.p99} ms</title>`)
  })

  it('has the target as a line, which the curve crosses where the recommended size is marked', () => {
    const target = targetOf(svg)
    const points = numbersOf(svg, 'curve')
    const [left = 0, top = 0] = numbersOf(svg, 'recommended')
    expect(points.slice(6, 8)).toEqual([expect.closeTo(left, 2), expect.closeTo(top, 2)])
    expect(top).toBeGreaterThan(target)
    expect(points[5]).toBeLessThan(target)
    expect(svg).toContain('>target 5 ms</text>')
    expect(svg).toContain('>7 connections</text>')
  })

  it('lets what is far above the target leave the frame', () => {
    expect(numbersOf(svg, 'curve')[1]).toBeLessThan(0)
    expect(svg).toContain('<g clip-path="url(#frame)"><path d="M')
  })

  it('marks nothing where nothing is recommended, and shows waits that are all far above the target', () => {
    const none = planSvg({
      ...plan,
      trials: [trial(20, 900)],
      recommended: undefined,
      remedies: { keepOpen: undefined },
    })
    expect(none).not.toContain('class="recommended"')
    expect(numbersOf(none, 'curve')[1]).toBeGreaterThan(0)
    expect(targetOf(none)).toBeGreaterThan(0)
  })

  it('is drawn without a wait as well', () => {
    const calm = planSvg({ ...plan, trials: [trial(1, 0), trial(2, 0)], recommended: 1 })
    expect(calm).not.toMatch(/NaN|Infinity/)
  })
})
