import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Waiter, Wish } from './waiter.js'
import { WaiterQueue } from './waiter-queue.js'

const owner = { waitTimedOut: () => {}, waitAborted: () => {} }
const ignore = () => {}
const asked = { signal: undefined, timeout: 30_000, fresh: false, priority: 0, client: undefined }
const waiter = (minId = 0) =>
  new Waiter<string>(0, minId === 0 ? undefined : new Wish(owner, asked, false, minId, undefined), ignore, ignore)

it('gives the first that came, or the last with lifo', () => {
  for (const [order, expected] of [
    ['fifo', [0, 1, 2]],
    ['lifo', [2, 1, 0]],
  ] as const) {
    const queue = new WaiterQueue<string>({ order, maxPerClient: undefined })
    const all = [waiter(), waiter(), waiter()]
    for (const one of all) queue.push(one)
    const given = all.map(() => {
      const next = queue.nextFor(1)
      if (next !== undefined) queue.remove(next)
      return next === undefined ? -1 : all.indexOf(next)
    })
    expect(given).toEqual(expected)
    expect([queue.size, queue.nextFor(1)]).toEqual([0, undefined])
  }
})

it('passes a fresh waiter by for a connection that is too old for it', () => {
  const queue = new WaiterQueue<string>({ order: 'fifo', maxPerClient: undefined })
  const [fresh, normal, fresher] = [waiter(5), waiter(), waiter(7)]
  for (const one of [fresh, normal, fresher]) queue.push(one)
  expect(queue.nextFor(4)).toBe(normal)
  expect(queue.nextFor(5)).toBe(fresh)
  expect(queue.oldest).toBe(fresh)
  queue.remove(fresh)
  expect(queue.nextFor(8)).toBe(normal)
  queue.remove(normal)
  expect(queue.nextFor(6)).toBeUndefined()
  expect(queue.nextFor(7)).toBe(fresher)
})

it('is what a plain list is, whoever leaves from wherever', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('push'), n: fc.nat(1) }),
    fc.record({ do: fc.constant('remove'), n: fc.nat(100) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), fc.constantFrom('fifo', 'lifo'), (steps, order) => {
      const queue = new WaiterQueue<string>({ order, maxPerClient: undefined })
      const list: Waiter<string>[] = []
      let lastId = 0
      for (const { do: action, n } of steps) {
        if (action === 'push') {
          const one = waiter(n === 0 ? 0 : ++lastId)
          queue.push(one)
          list.push(one)
        } else if (list.length > 0) {
          const [gone] = list.splice(n % list.length, 1)
          queue.remove(gone as Waiter<string>)
          expect(gone?.queued).toBe(false)
        }
        const normal = list.filter(({ minId }) => minId === 0)
        const fresh = list.filter(({ minId }) => minId > 0)
        expect([queue.size, queue.normal, queue.fresh]).toEqual([list.length, normal.length, fresh.length])
        expect(queue.oldest).toBe(list[0])
        expect(queue.oldestNormal).toBe(normal[0])
        expect(queue.oldestFresh).toBe(fresh[0])
        expect(queue.nextFor(0)).toBe(order === 'fifo' ? normal[0] : normal.at(-1))
      }
    }),
    { numRuns: 300 },
  )
})
