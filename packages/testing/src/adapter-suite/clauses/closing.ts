import { type Bench, causeOf } from '../bench.js'
import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { type Outcome, show, tell } from '../observe.js'
import { AFTERWARDS, DEADLINE } from '../patience.js'

export const closing: readonly Clause[] = [
  {
    title: 'close ends the connection on the server (invariants 6 and 7)',
    needs: [['server.openCount', 'server.isOpen']],
    async prove(bench) {
      const resource = await bench.open()
      expectClosed(await bench.close(resource), 'on a live connection')
      await bench.expectGone(resource, 'after close')
      await bench.expectOpenCount(0, 'after close')
    },
  },
  {
    title: 'close is final: what was closed is neither usable nor healthy (invariant 8)',
    needs: [['adapter.isUsable', 'adapter.check']],
    async prove(bench) {
      const resource = await bench.open()
      expectClosed(await bench.close(resource), 'on a live connection')
      await expectEnded(bench, resource, 'after close')
    },
  },
  {
    title: 'close may be asked twice, at once and afterwards (invariant 12)',
    needs: [],
    async prove(bench) {
      const resource = await bench.open()
      const both = await Promise.all([bench.close(resource), bench.close(resource)])
      for (const outcome of both) expectClosed(outcome, 'asked twice at once')
      expectClosed(await bench.close(resource), 'asked again afterwards')
      await bench.expectOpenCount(0, 'after it was closed three times')
    },
  },
  {
    title: 'close settles on a connection that the server has ended (invariant 12)',
    needs: ['server.kill'],
    async prove(bench) {
      const [known, fresh] = [await bench.open(), await bench.open()]
      await bench.kill(known)
      expectSettled(await bench.close(known), 'on a connection that is known to be dead')
      await bench.server.kill(fresh)
      expectSettled(await bench.close(fresh), 'on a connection that died just now')
    },
  },
  {
    title:
      'close settles by its deadline when the server is silent, and the connection can be ended (invariants 6 and 7)',
    needs: ['server.blackhole'],
    async prove(bench) {
      const resource = await bench.open()
      await bench.server.blackhole(true)
      const outcome = await bench.close(resource, DEADLINE)
      if (outcome.how === 'pending') {
        throw broken(`close settles within ${AFTERWARDS} ms of its signal's abort`, `it ${tell(outcome)}`)
      }
      await bench.end(resource)
      await bench.server.blackhole(false)
      await bench.expectGone(resource, 'after a close that ran into its deadline')
      await bench.expectOpenCount(0, 'after a close that ran into its deadline')
    },
  },
  {
    title: 'close settles when destroy overtakes it (invariants 6 and 12)',
    needs: ['adapter.destroy'],
    async prove(bench) {
      const resource = await bench.open()
      const closing = bench.close(resource)
      bench.destroy(resource)
      expectSettled(await closing, 'overtaken by destroy')
      await bench.expectOpenCount(0, 'after a close that destroy overtook')
    },
  },
]

/** Throws unless the adapter says, as far as it can, that the connection has ended. */
async function expectEnded<R>(bench: Bench<R>, resource: R, when: string): Promise<void> {
  const isUsable = bench.isUsable(resource)
  if (bench.adapter.isUsable !== undefined && isUsable !== false) {
    throw broken(`isUsable is false ${when}`, `it gave ${show(isUsable)}`)
  }
  if (bench.adapter.check === undefined) return
  const outcome = await bench.check(resource, DEADLINE)
  if (outcome.how === 'resolved' || outcome.how === 'pending') {
    throw broken(`check rejects ${when}`, `it ${tell(outcome)}`)
  }
}

function expectClosed(outcome: Outcome<void>, when: string): void {
  if (outcome.how !== 'resolved') throw broken(`close resolves ${when}`, `it ${tell(outcome)}`, causeOf(outcome))
}

function expectSettled(outcome: Outcome<void>, when: string): void {
  if (outcome.how === 'pending') throw broken(`close settles ${when}`, `it ${tell(outcome)}`)
}
