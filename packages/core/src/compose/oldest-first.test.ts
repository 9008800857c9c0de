import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../test/seeded-random.js'
import { OldestFirst } from './oldest-first.js'

/** Waits since the moment it is told. */
class Someone {
  since: number | undefined

  constructor(since: number | undefined) {
    this.since = since
  }

  waitingSince(): number | undefined {
    return this.since
  }
}

/** All that are in it, in its order. */
function taken(queue: OldestFirst<Someone>): (number | undefined)[] {
  const order: (number | undefined)[] = []
  for (let first = queue.first(); first !== undefined; first = queue.first()) {
    order.push(first.since)
    queue.remove(first)
  }
  return order
}

it('has nobody first when it is empty', () => {
  const queue = new OldestFirst<Someone>()
  queue.remove(new Someone(1))
  expect([queue.first(), queue.hasMoreThan(0)]).toEqual([undefined, false])
})

it('gives those who wait in the order in which they began to', () => {
  const queue = new OldestFirst<Someone>()
  for (const since of [5, 1, 4, 2, 3, 0, 9, 7]) queue.add(new Someone(since))
  expect(taken(queue)).toEqual([0, 1, 2, 3, 4, 5, 7, 9])
})

it('takes nobody who does not wait, and nobody twice', () => {
  const queue = new OldestFirst<Someone>()
  const someone = new Someone(1)
  queue.add(new Someone(undefined))
  queue.add(someone)
  queue.add(someone)
  expect([queue.hasMoreThan(0), queue.hasMoreThan(1), queue.first()]).toEqual([true, false, someone])
  queue.remove(someone)
  expect(queue.first()).toBeUndefined()
  queue.add(someone)
  expect(queue.first()).toBe(someone)
})

it('lets anybody leave, from wherever they stand', () => {
  for (let leaving = 0; leaving < 9; leaving++) {
    const queue = new OldestFirst<Someone>()
    const all = [4, 8, 1, 7, 0, 3, 6, 2, 5].map((since) => new Someone(since))
    for (const someone of all) queue.add(someone)
    const gone = all[leaving] as Someone
    queue.remove(gone)
    queue.remove(gone)
    expect(taken(queue)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8].filter((since) => since !== gone.since))
  }
})

it('asks whoever is first again: it may wait no longer, or since a later moment', () => {
  const queue = new OldestFirst<Someone>()
  const [a, b, c] = [new Someone(1), new Someone(2), new Someone(3)]
  for (const someone of [a, b, c]) queue.add(someone)
  a.since = 5
  expect(queue.first()).toBe(b)
  b.since = undefined
  expect(queue.first()).toBe(c)
  c.since = 6
  expect(queue.first()).toBe(a)
})

it('takes whoever began to wait at the moment 0 for waiting', () => {
  const queue = new OldestFirst<Someone>()
  queue.add(new Someone(0))
  expect(queue.first()?.since).toBe(0)
})

it('counts only those who wait still', () => {
  const queue = new OldestFirst<Someone>()
  const all = [1, 2, 3, 4].map((since) => new Someone(since))
  for (const someone of all) queue.add(someone)
  for (const someone of all.slice(1)) someone.since = undefined
  expect([queue.hasMoreThan(0), queue.hasMoreThan(1)]).toEqual([true, false])
  expect(taken(queue)).toEqual([1])
})

describe('under whatever happens to those who wait', () => {
  it('is right whenever it is asked (against a list that is searched, 100 programs)', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed)
      const queue = new OldestFirst<Someone>()
      const added = new Set<Someone>()
      const all = Array.from({ length: 12 }, () => new Someone(undefined))
      let now = 0
      for (let step = 0; step < 120; step++) {
        now += random() < 0.5 ? 1 : 0
        const someone = all[Math.floor(random() * all.length)] as Someone
        const what = random()
        if (what < 0.35) {
          someone.since ??= now
          queue.add(someone)
          added.add(someone)
        } else if (what < 0.5) {
          someone.since = undefined
          // Whoever asks drops it: it is to be added again when it waits again.
          queue.remove(someone)
          added.delete(someone)
        } else if (what < 0.7 && someone.since !== undefined) {
          // Its oldest was served: the next of its own has waited for less long.
          someone.since = now
        } else if (what < 0.8) {
          const first = queue.first()
          if (first === undefined) continue
          queue.remove(first)
          added.delete(first)
        }
        const waiting = [...added].map(({ since }) => since as number)
        const first = queue.first()
        expect([seed, step, first?.since]).toEqual([
          seed,
          step,
          waiting.length === 0 ? undefined : Math.min(...waiting),
        ])
        expect(queue.hasMoreThan(waiting.length - 1)).toBe(waiting.length > 0)
        expect(queue.hasMoreThan(waiting.length)).toBe(false)
      }
    }
  })
})
