import { describe, expect, it } from 'vitest'
import { borrowing, using } from './load.js'
import { optionSetNames } from './options/option-sets.js'
import { createSubject } from './subject.js'

it.each(['lifo', 'fifo'] as const)('holds as many connections as asked for (reuse %s)', async (reuse) => {
  const subject = await createSubject({ kind: 'connections', connections: 37, reuse })
  const held = new Set<unknown>()
  for (let lease = subject.tryAcquire?.(); lease !== undefined; lease = subject.tryAcquire?.()) held.add(lease)
  expect(held.size).toBe(37)
  for (const lease of held) subject.release(lease)
  await subject.close()
})

it.each(['millpond', 'floor'] as const)('lends the connection of every key in turn (%s)', async (contender) => {
  const subject = await createSubject({ kind: 'keyed', contender, keys: 100 })
  const resources = new Map<unknown, number>()
  for (let time = 0; time < 300; time++) {
    const lease = await subject.acquire()
    const resource = contender === 'floor' ? lease : (lease as { resource: unknown }).resource
    resources.set(resource, (resources.get(resource) ?? 0) + 1)
    subject.release(lease)
  }
  expect([...resources.values()]).toEqual(Array(100).fill(3))
  await subject.close()
})

describe.each(optionSetNames)('with %s switched on', (on) => {
  it.each([1, 100])('lends to %i borrowers, and nobody is refused', async (borrowers) => {
    const subject = await createSubject({ kind: 'options', on })
    expect(await borrowing(subject, borrowers)(1000)).toBeGreaterThanOrEqual(1000)
    expect(await using(subject, borrowers)(1000)).toBeGreaterThanOrEqual(1000)
    await subject.close()
  })
})
