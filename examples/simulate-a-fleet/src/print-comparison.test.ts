import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { Figures } from './figures.js'
import { printComparison } from './print-comparison.js'
import { type Comparison, returns, sizes } from './scenarios.js'

async function compare(comparison: Comparison) {
  const lines: string[] = []
  const figures = await printComparison(comparison, (line) => lines.push(line))
  const of = (name: string): Figures => {
    const found = figures[name]
    if (found === undefined) throw new Error(`there is no fleet called ${name}`)
    return found
  }
  return { printed: lines.join('\n'), of, figures }
}

describe('a fleet whose database restarts', { timeout: 60_000 }, async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

  it('comes back at once only with jitter: without, all processes try in step, and most are refused', async () => {
    const { of, printed } = await compare(returns)
    const [none, step, usual] = [of('no backoff'), of('backoff without jitter'), of('backoff (the default)')]
    const [breaker, sooner] = [of('… with a breaker'), of('… of 1 s at most, jitter 0.5')]
    expect(none.attempts).toBeGreaterThan(50 * usual.attempts)
    expect(step.atOnce).toBe(20)
    expect(usual.atOnce).toBeLessThanOrEqual(5)
    expect(step.backAfter).toBeGreaterThan(4 * usual.backAfter)
    expect(step.failedLater).toBeGreaterThan(4 * usual.failedLater)
    expect(sooner.backAfter).toBeLessThan(usual.backAfter)
    expect(sooner.attempts).toBeLessThan(2 * usual.attempts)
    expect(breaker.toldAfter).toBeLessThan(usual.toldAfter / 2)
    expect(readme).toContain(printed.trim())
  })

  it('leaves processes without a session where the others may take more than there are, until those rest', async () => {
    const { of, printed } = await compare(sizes)
    const [small, large, resting] = [of('size.max 2'), of('size.max 10'), of('… idle.timeout 2 s')]
    expect(small).toMatchObject({ mostSessions: 40, starved: 0 })
    expect(large.mostSessions).toBe(100)
    expect(large.starved).toBeGreaterThan(2)
    expect(large.backAfter).toBeGreaterThan(30_000)
    expect(large.failedLater).toBeGreaterThan(5 * small.failedLater)
    expect(resting.backAfter).toBeLessThan(large.backAfter / 2)
    expect(readme).toContain(printed.trim())
  })

  it('fails less with pools that open one connection at a time', async () => {
    const { of } = await compare(sizes)
    expect(of('… connect.concurrency 1').atOnce).toBeLessThan(of('size.max 5').atOnce)
    expect(of('… connect.concurrency 1').failedLater).toBeLessThan(of('size.max 5').failedLater)
  })

  it('does the same again', async () => {
    const { 'size.max 2': fleet } = sizes.fleets
    if (fleet === undefined) throw new Error('there is no such fleet')
    const one: Comparison = { title: 'one', fleets: { it: { ...fleet, duration: 20_000 } } }
    const { figures } = await compare(one)
    expect(figures.it?.failed).toBeGreaterThan(1_000)
    expect((await compare(one)).figures).toEqual(figures)
    const other = { ...one, fleets: { it: { ...fleet, duration: 20_000, seed: 2 } } }
    expect((await compare(other)).figures).not.toEqual(figures)
  })
})
