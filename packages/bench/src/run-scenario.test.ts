import { expect, it } from 'vitest'
import { table } from './report.js'
import { runScenario } from './run-scenario.js'
import { entrants } from './scenario.js'

const effort = { rounds: 2, warmUp: 5, round: 5 }

it('measures each entrant in a process of its own and ends them all', { timeout: 30_000 }, async () => {
  const scenario = { title: 'sequential', borrowers: 1 }
  const said: string[] = []
  const row = await runScenario(scenario, entrants(scenario, ['floor', 'tarn']), effort, (text) => said.push(text))
  expect([...row.summaries.keys()]).toEqual(['floor', 'tarn'])
  expect(row.summaries.get('floor')?.median).toBeGreaterThan(1)
  expect(table([row])).toMatch(/^\| sequential \| [\d,.]+ ± [\d,.]+ \| [\d,.]+ ± [\d,.]+ \| {2}\| {2}\|$/m)
  expect(said.join('')).toBe('sequential: warm-up, round 1 2\n')
})

it('says which entrant failed, and why', { timeout: 30_000 }, async () => {
  const scenario = { title: 'sequential', borrowers: 1 }
  const withoutTry = [{ contender: 'tarn', call: 'tryAcquire' }] as const
  const failing = runScenario(scenario, withoutTry, effort, () => {})
  await expect(failing).rejects.toThrow(/tarn\.tryAcquire failed: Error: tryAcquire found no connection/)
})
