import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { eventually } from '../eventually.js'
import { SHORTLY } from '../patience.js'

const ROUNDS = 20

/** More of a kind than before that are put down to others: the test runner, the server. */
const NOISE = 4

export const leaking: readonly Clause[] = [
  {
    title: `${ROUNDS} rounds of open and close leave no timer, socket or listener of the process (invariant 7)`,
    needs: [],
    async prove(bench) {
      const round = async (nth: number) => {
        const resource = await bench.open()
        if (nth % 2 === 0) await bench.close(resource)
        else await bench.end(resource)
      }
      // What is made once, for all of them, is made now.
      await round(0)
      await round(1)
      await bench.expectOpenCount(0, 'after two rounds of open and close')
      const before = inUse()
      for (let nth = 0; nth < ROUNDS; nth++) await round(nth)
      await bench.expectOpenCount(0, `after ${ROUNDS} rounds of open and close`)
      let more: string[] = []
      const isSettled = () => {
        more = grown(before, inUse())
        return more.length === 0
      }
      if (await eventually(isSettled, SHORTLY)) return
      throw broken(`${ROUNDS} rounds of open and close leave nothing behind`, `there are more of ${more.join(', ')}`)
    },
  },
]

/** How many there are of each kind of thing that keeps the process alive, and of its listeners. */
function inUse(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  for (const event of process.eventNames()) {
    counts.set(`process.on(${String(event)})`, process.listenerCount(event as 'exit'))
  }
  return counts
}

function grown(before: Map<string, number>, after: Map<string, number>): string[] {
  return [...after]
    .filter(([kind, count]) => count > (before.get(kind) ?? 0) + NOISE)
    .map(([kind, count]) => `${kind} (${before.get(kind) ?? 0} before, ${count} now)`)
}
