import type { Bench } from '../bench.js'
import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { delivered, eventually } from '../eventually.js'
import { isError } from '../is-error.js'
import { type Outcome, tell } from '../observe.js'
import { SHORTLY } from '../patience.js'

export const opening: readonly Clause[] = [
  {
    title: 'open gives a resource that is usable, healthy and good for an exchange',
    needs: [],
    async prove(bench) {
      const resource = await bench.open()
      await bench.expectGood(resource, 'after open')
    },
  },
  {
    title: 'open gives a resource that the server has open (invariant 6)',
    needs: [['server.openCount', 'server.isOpen']],
    async prove(bench) {
      const resource = await bench.open()
      await expectOpen(bench, resource, 'after open')
      await delivered()
      await expectOpen(bench, resource, 'a moment later')
    },
  },
  {
    title: 'every open gives a resource of its own, whose end is not the end of another (invariants 1 and 6)',
    needs: [],
    async prove(bench) {
      const opened = await Promise.all([bench.open(), bench.open(), bench.open()])
      const distinct = new Set(opened).size
      if (distinct !== 3) {
        throw broken('every open gives a resource of its own', `three opens at once gave ${distinct} between them`)
      }
      await bench.expectOpenCount(3, 'after three opens')
      const [first, second, third] = opened
      await bench.close(first)
      await bench.end(second)
      await bench.expectGood(third, 'after others were ended')
      await bench.expectOpenCount(1, 'after two of three were ended')
    },
  },
  {
    title: 'open rejects with an error of its own while the server refuses, and opens again afterwards (invariant 3)',
    needs: ['server.refuse'],
    async prove(bench) {
      await bench.server.refuse(true)
      expectFailure(await bench.tryOpen(), 'while the server refuses')
      await bench.server.refuse(false)
      await bench.expectGood(await bench.open(), 'once the server accepts again')
    },
  },
  {
    title: 'a refused open leaves nothing open on the server (invariant 6)',
    needs: ['server.refuse', 'server.openCount'],
    async prove(bench) {
      await bench.server.refuse(true)
      for (let times = 0; times < 3; times++) await endIfOpened(bench, await bench.tryOpen())
      await bench.expectOpenCount(0, 'after opens that it refused')
      await bench.server.refuse(false)
      await bench.expectNothingLeft('after opens that it refused')
    },
  },
  {
    title: 'open rejects with an error of its own while the server is down, and opens again afterwards (invariant 3)',
    needs: ['server.stop', 'server.start'],
    async prove(bench) {
      await bench.server.stop()
      expectFailure(await bench.tryOpen(), 'while the server is down')
      await bench.server.start()
      await bench.expectGood(await bench.open(), 'once the server is up again')
    },
  },
]

async function expectOpen<R>(bench: Bench<R>, resource: R, when: string): Promise<void> {
  await bench.expectOpenCount(1, when)
  if (!bench.server.can('isOpen') || (await eventually(() => bench.server.isOpen(resource), SHORTLY))) return
  throw broken(`the server has it open ${when}`, `after ${SHORTLY} ms server.isOpen() is still false`)
}

/** A pool hands the error on as the cause of its `ConnectError`: it has to say something. */
function expectFailure(outcome: Outcome<unknown>, when: string): void {
  if (outcome.how === 'resolved' || outcome.how === 'pending') {
    throw broken(`open rejects ${when}`, `it ${tell(outcome)}`)
  }
  if (isError(outcome.error)) return
  throw broken(`open rejects ${when} with an Error that has a message or a cause`, `it ${tell(outcome)}`)
}

/** As a pool does with what comes after all. */
async function endIfOpened<R>(bench: Bench<R>, outcome: Outcome<R>): Promise<void> {
  if (outcome.how === 'resolved' && outcome.value !== undefined && outcome.value !== null) {
    await bench.end(outcome.value)
  }
}
