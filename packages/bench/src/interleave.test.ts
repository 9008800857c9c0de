import { expect, it } from 'vitest'
import { interleave } from './interleave.js'
import { byTryAcquire, entrants } from './peers/scenario.js'

const effort = { rounds: 2, warmUp: 5, round: 5 }

it('measures each task in a process of its own and ends them all', { timeout: 30_000 }, async () => {
  const said: string[] = []
  const tasks = entrants({ title: 'sequential', borrowers: 1 }, ['floor', 'tarn'])
  const summaries = await interleave(tasks, effort, (text) => said.push(text))
  expect([...summaries.keys()]).toEqual(['floor', 'tarn'])
  expect(summaries.get('floor')?.median).toBeGreaterThan(1)
  expect(summaries.get('floor')?.cpu).toBeGreaterThan(1)
  expect(said.join('')).toBe('warm-up, round 1 2\n')
})

it('says which task failed, and why', { timeout: 30_000 }, async () => {
  const failing = interleave([byTryAcquire('tarn')], effort, () => {})
  await expect(failing).rejects.toThrow(/tarn\.tryAcquire failed: Error: tryAcquire found no connection/)
})
