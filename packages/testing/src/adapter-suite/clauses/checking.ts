import { type Bench, causeOf } from '../bench.js'
import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { type Outcome, tell } from '../observe.js'
import { AFTERWARDS, DEADLINE } from '../patience.js'

export const checking: readonly Clause[] = [
  {
    title: 'check passes on a live connection, again and again, and leaves it good for an exchange',
    needs: ['adapter.check'],
    async prove(bench) {
      const resource = await bench.open()
      for (let round = 1; round <= 3; round++) {
        const outcome = await bench.check(resource)
        if (outcome.how !== 'resolved') {
          throw broken(`check resolves on a live connection (round ${round})`, `it ${tell(outcome)}`, causeOf(outcome))
        }
        await bench.expectUse(resource, 'after a check')
      }
      await bench.expectGood(resource, 'after three checks')
    },
  },
  {
    title: 'check rejects within its timeout on a connection that the server has ended (invariant 8)',
    needs: ['adapter.check', 'server.kill'],
    async prove(bench) {
      const [known, fresh] = [await bench.open(), await bench.open()]
      await bench.kill(known)
      expectRejected(await bench.check(known, DEADLINE), 'on a connection that is known to be dead')
      await bench.server.kill(fresh)
      expectRejected(await bench.check(fresh, DEADLINE), 'on a connection that died just now')
    },
  },
  {
    title: 'check rejects within its timeout when the server is silent (invariant 8)',
    needs: ['adapter.check', 'server.blackhole'],
    async prove(bench) {
      const resource = await bench.open()
      await bench.server.blackhole(true)
      expectRejected(await bench.check(resource, DEADLINE), 'when the server is silent')
    },
  },
  {
    title: 'check rejects within its timeout once the server is down (invariant 8)',
    needs: ['adapter.check', 'server.stop'],
    async prove(bench) {
      const [known, fresh] = [await bench.open(), await bench.open()]
      await bench.server.stop()
      expectRejected(await bench.check(fresh, DEADLINE), 'when the server went down just now')
      await bench.noticed(known)
      expectRejected(await bench.check(known, DEADLINE), 'when the server is known to be down')
    },
  },
  {
    title: 'check passes, while the server refuses, at most what the server has open (invariant 8)',
    needs: ['adapter.check', 'server.refuse', 'server.kill'],
    async prove(bench) {
      const [live, dead] = [await bench.open(), await bench.open()]
      await bench.server.refuse(true)
      const outcome = await bench.check(live, DEADLINE)
      if (outcome.how === 'pending') throw pending(outcome, 'while the server refuses')
      const isOpen = !bench.server.can('isOpen') || (await bench.server.isOpen(live))
      if (outcome.how === 'resolved' && !isOpen) {
        throw broken('check rejects what the server has closed', `it ${tell(outcome)}`)
      }
      await bench.kill(dead)
      expectRejected(await bench.check(dead, DEADLINE), 'on a dead connection while the server refuses')
      await expectNoneOpened(bench)
    },
  },
]

function expectRejected(outcome: Outcome<unknown>, when: string): void {
  if (outcome.how === 'pending') throw pending(outcome, when)
  if (outcome.how === 'resolved') throw broken(`check rejects ${when}`, `it ${tell(outcome)}`)
}

function pending(outcome: Outcome<unknown>, when: string): Error {
  const promised = `check settles ${when}, at the latest ${AFTERWARDS} ms after the abort of its signal`
  return broken(promised, `it ${tell(outcome)}`)
}

/** A check that opens anew says nothing about the connection it was asked about. */
async function expectNoneOpened<R>(bench: Bench<R>): Promise<void> {
  await bench.server.refuse(false)
  await bench.expectOpenCount(1, 'after a check of each of two, of which it has ended one')
}
