import fc from 'fast-check'
import { expect, it } from 'vitest'
import { rebuiltCoDel, rebuiltIdleTimeout, rebuiltMaxUses } from '../../test/rebuilt-policies.js'
import { programs, traceOf } from '../../test/traced-program.js'
import type { PoolOptions } from '../pool/pool-options.js'
import type { Policy } from './policy.js'

/**
 * The built-in rule on one side, the same rule given as a policy on the other: the same programs, and every event of
 * both at the same moment, in the same order, with the same reasons. Both pools read the clock whenever a connection
 * comes to rest (`stats: 'full'`, see traced-program.ts); by default the built-in idle timeout stamps up to
 * max(5 ms, timeout / 200) late.
 */
async function expectEqualTraces<T>(
  arbitrary: fc.Arbitrary<T>,
  builtIn: (value: T) => PoolOptions,
  rebuilt: (value: T) => { readonly options: PoolOptions; readonly policies: Policy[] },
  shows: RegExp,
): Promise<void> {
  let shown = 0
  await fc.assert(
    fc.asyncProperty(programs, arbitrary, async (program, value) => {
      const { options, policies } = rebuilt(value)
      const inside = await traceOf(program, builtIn(value))
      const outside = await traceOf(program, options, policies)
      expect(outside).toEqual(inside)
      if (inside.some((line) => shows.test(line))) shown++
    }),
    { numRuns: 150, seed: 4_711 },
  )
  expect(shown, 'programs in which the rule did something').toBeGreaterThan(50)
}

const off = Number.POSITIVE_INFINITY

it('an idle timeout written as a policy leaves the same trace as idle.timeout', async () => {
  const reuse = fc.constantFrom('lifo' as const, 'fifo' as const, 'random' as const)
  await expectEqualTraces(
    fc.record({ timeout: fc.constantFrom(103, 503, 1_003), reuse }),
    ({ timeout, reuse }) => ({ idle: { timeout, reuse } }),
    ({ timeout, reuse }) => ({ options: { idle: { timeout: off, reuse } }, policies: [rebuiltIdleTimeout(timeout)] }),
    /retire .*reason: idle/,
  )
}, 60_000)

it('a limit of uses written as a policy leaves the same trace as lifetime.maxUses', async () => {
  await expectEqualTraces(
    fc.integer({ min: 1, max: 4 }),
    (maxUses) => ({ lifetime: { maxUses } }),
    (maxUses) => ({ options: {}, policies: [rebuiltMaxUses(maxUses)] }),
    /retire .*reason: uses/,
  )
}, 60_000)

it('CoDel written as a policy leaves the same trace as acquire.adaptive', async () => {
  await expectEqualTraces(
    fc.record({ target: fc.constantFrom(13, 53), interval: fc.constantFrom(103, 303) }),
    (adaptive) => ({ acquire: { adaptive } }),
    ({ target, interval }) => ({ options: {}, policies: [rebuiltCoDel(target, interval)] }),
    /acquireError .*overloaded/,
  )
}, 60_000)

it('all of them written as policies leave the same trace as all of the options', async () => {
  const values = {
    timeout: fc.constantFrom(103, 503),
    maxUses: fc.integer({ min: 1, max: 5 }),
    interval: fc.constantFrom(103, 303),
  }
  await expectEqualTraces(
    fc.record(values),
    ({ timeout, maxUses, interval }) => ({
      idle: { timeout },
      lifetime: { maxUses },
      acquire: { adaptive: { target: 13, interval } },
    }),
    ({ timeout, maxUses, interval }) => ({
      options: { idle: { timeout: off } },
      policies: [rebuiltMaxUses(maxUses), rebuiltIdleTimeout(timeout), rebuiltCoDel(13, interval)],
    }),
    /retire .*reason: (idle|uses)/,
  )
}, 60_000)

it('tells a rule that is a little different apart', async () => {
  const [program] = fc.sample(programs, { numRuns: 1, seed: 1 })
  if (program === undefined) throw new Error('no program')
  const use = { do: 'use', times: 1, hold: 10, end: 'release', priority: 0, fresh: false, timeout: 1_007 } as const
  const quiet = { ...program, failing: 0, commands: [{ ...use, after: 0, abortAfter: undefined }] }
  const inside = await traceOf(quiet, { idle: { timeout: 503 } })
  const outside = await traceOf(quiet, { idle: { timeout: off } }, [rebuiltIdleTimeout(504)])
  expect(outside).not.toEqual(inside)
})
