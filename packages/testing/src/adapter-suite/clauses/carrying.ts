import type { Bench } from '../bench.js'
import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { show } from '../observe.js'

/** Uses at once that are tried at most. */
const MOST = 20

export const carrying: readonly Clause[] = [
  {
    title:
      'capacity is a whole number of leases, or Infinity, on a live connection and on one that has ended (invariant 1)',
    needs: ['adapter.capacity'],
    async prove(bench) {
      const resource = await bench.open()
      askCapacity(bench, resource, 'on a live connection')
      await bench.close(resource)
      askCapacity(bench, resource, 'after close')
    },
  },
  {
    title: 'a connection carries as many uses at once as capacity says (invariant 1)',
    needs: ['adapter.capacity', 'use'],
    async prove(bench) {
      const resource = await bench.open()
      const capacity = askCapacity(bench, resource, 'on a live connection')
      const uses = Array.from({ length: Math.min(capacity, MOST) }, (_, nth) =>
        bench.expectUse(resource, `with ${nth} other uses under way, at a capacity of ${capacity}`),
      )
      const failed = (await Promise.allSettled(uses)).find((use) => use.status === 'rejected')
      if (failed !== undefined) throw failed.reason
    },
  },
]

function askCapacity<R>(bench: Bench<R>, resource: R, when: string): number {
  const promised = `capacity is a whole number of at least 0, or Infinity, ${when}`
  let capacity: unknown
  try {
    capacity = bench.adapter.capacity?.(resource)
  } catch (error) {
    throw broken(promised, `it threw ${show(error)}`, error)
  }
  if (capacity === Number.POSITIVE_INFINITY || (Number.isInteger(capacity) && Number(capacity) >= 0)) {
    return Number(capacity)
  }
  throw broken(promised, `it gave ${show(capacity)}`)
}
