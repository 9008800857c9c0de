import { type Bench, causeOf } from '../bench.js'
import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { eventually } from '../eventually.js'
import { observe, show, tell } from '../observe.js'
import { AFTERWARDS, CALL, DEADLINE, SHORTLY } from '../patience.js'

export const resetting: readonly Clause[] = [
  {
    title: 'reset leaves no state of the last lease, time after time (invariant 8)',
    needs: ['dirty', 'isClean', 'adapter.reset'],
    async prove(bench) {
      const resource = await bench.open()
      await expectClean(bench, resource, 'right after open')
      for (let round = 1; round <= 3; round++) {
        await makeDirty(bench, resource)
        const outcome = await bench.reset(resource)
        if (outcome.how !== 'resolved') {
          throw broken(`reset resolves on a live connection (round ${round})`, `it ${tell(outcome)}`, causeOf(outcome))
        }
        await expectClean(bench, resource, `after dirty(resource) and reset (round ${round})`)
      }
      await bench.expectGood(resource, 'after three resets')
    },
  },
  {
    title: 'reset rejects when it cannot: on a connection that the server has ended (invariant 8)',
    needs: ['adapter.reset', 'server.kill'],
    async prove(bench) {
      const resource = await bench.open()
      await bench.kill(resource)
      const outcome = await bench.reset(resource, DEADLINE)
      if (outcome.how === 'rejected' || outcome.how === 'threw') return
      if (outcome.how === 'pending') throw pending(tell(outcome), 'on a dead connection')
      // What needs no server to be reset is not lent again all the same, if only isUsable is honest.
      if (bench.adapter.isUsable !== undefined) {
        if (await eventually(() => bench.isUsable(resource) === false, SHORTLY)) return
      }
      throw broken('reset rejects on a dead connection, or isUsable is false then', 'it resolved')
    },
  },
  {
    title: 'reset settles within its timeout when the server is silent, and passes only what is clean (invariant 8)',
    needs: ['dirty', 'isClean', 'adapter.reset', 'server.blackhole'],
    async prove(bench) {
      const resource = await bench.open()
      await makeDirty(bench, resource)
      await bench.server.blackhole(true)
      const outcome = await bench.reset(resource, DEADLINE)
      await bench.server.blackhole(false)
      if (outcome.how === 'pending') throw pending(tell(outcome), 'when the server is silent')
      if (outcome.how === 'resolved') await expectClean(bench, resource, 'after a reset that resolved')
    },
  },
]

async function makeDirty<R>(bench: Bench<R>, resource: R): Promise<void> {
  const outcome = await observe(() => bench.options.dirty?.(resource), CALL)
  if (outcome.how !== 'resolved') {
    throw broken("the suite's dirty(resource) works on a live connection", `it ${tell(outcome)}`, causeOf(outcome))
  }
  if (!(await askClean(bench, resource))) return
  throw broken("the suite's isClean(resource) sees what dirty(resource) does", 'it is true right after')
}

async function expectClean<R>(bench: Bench<R>, resource: R, when: string): Promise<void> {
  if (!(await askClean(bench, resource))) throw broken(`isClean(resource) is true ${when}`, 'it is false')
}

async function askClean<R>(bench: Bench<R>, resource: R): Promise<boolean> {
  const outcome = await observe(() => bench.options.isClean?.(resource), CALL)
  if (outcome.how === 'resolved' && typeof outcome.value === 'boolean') return outcome.value
  const happened = outcome.how === 'resolved' ? `it gave ${show(outcome.value)}` : `it ${tell(outcome)}`
  throw broken("the suite's isClean(resource) gives true or false", happened, causeOf(outcome))
}

function pending(happened: string, when: string): Error {
  return broken(`reset settles ${when}, at the latest ${AFTERWARDS} ms after the abort of its signal`, `it ${happened}`)
}
