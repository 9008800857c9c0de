import type { Bench } from '../bench.js'
import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { isThenable, type Outcome, show } from '../observe.js'
import { DEADLINE } from '../patience.js'
import { watchOver } from './watching.js'

const abilities = ['destroy', 'isUsable', 'check', 'reset', 'watch', 'setRef', 'capacity', 'isFatal'] as const

export const declaring: readonly Clause[] = [
  {
    title: 'what the adapter declares is there: a name, open, close, and functions for its abilities',
    needs: [],
    async prove({ adapter }) {
      if (typeof adapter.name !== 'string' || adapter.name === '') {
        throw broken('name is a text that is not empty', `it is ${show(adapter.name)}`)
      }
      for (const ability of abilities) {
        const given: unknown = adapter[ability]
        if (given === undefined || typeof given === 'function') continue
        throw broken(`${ability} is a function, or left out`, `it is ${show(given)}`)
      }
    },
  },
  {
    title: 'isUsable answers at once, with true or false',
    needs: ['adapter.isUsable'],
    async prove(bench) {
      const resource = await bench.open()
      expectBoolean(bench.isUsable(resource), 'isUsable', 'on a live connection')
      await bench.close(resource)
      expectBoolean(bench.isUsable(resource), 'isUsable', 'after close')
    },
  },
  {
    title: 'isFatal answers with true or false whatever a borrower throws, dead connections included (invariant 12)',
    needs: ['adapter.isFatal'],
    async prove(bench) {
      const resource = await bench.open()
      for (const when of ['on a live connection', 'after its end']) {
        for (const error of [new Error('of a borrower'), undefined, null, 'a text', 42, {}]) {
          expectBoolean(isFatal(bench, error, resource), `isFatal of ${show(error)}`, when)
        }
        await bench.end(resource)
      }
    },
  },
  {
    title: 'setRef does no harm, neither to a live connection nor on one that has ended (invariant 12)',
    needs: ['adapter.setRef'],
    async prove(bench) {
      const resource = await bench.open()
      setRef(bench, resource, false, 'on a live connection')
      setRef(bench, resource, true, 'on a live connection')
      await bench.expectGood(resource, 'after setRef(resource, false) and setRef(resource, true)')
      await bench.end(resource)
      setRef(bench, resource, false, 'after its end')
      setRef(bench, resource, true, 'after its end')
    },
  },
  {
    title: 'watch gives a function that stops it, on a live connection and on one that has ended (invariant 12)',
    needs: ['adapter.watch'],
    async prove(bench) {
      const resource = await bench.open()
      watchOver(bench, resource).stop()
      await bench.expectGood(resource, 'after it was watched')
      await bench.end(resource)
      watchOver(bench, resource).stop()
    },
  },
  {
    title: 'what gives a promise rejects, and never throws (invariant 12)',
    needs: [],
    async prove(bench) {
      const resource = await bench.open()
      // Only what gives a promise when all is well is held to giving one when it is not.
      const checks = bench.adapter.check !== undefined
      const resets = bench.adapter.reset !== undefined && isPromise(await bench.reset(resource))
      const closes = isPromise(await bench.close(resource))
      if (checks) expectNoThrow(await bench.check(resource, DEADLINE), 'check', 'after close')
      if (resets) expectNoThrow(await bench.reset(resource, DEADLINE), 'reset', 'after close')
      if (closes) expectNoThrow(await bench.close(resource, DEADLINE), 'close', 'after close')
      const another = await bench.tryOpen()
      if (!isPromise(another)) return
      expectNoThrow(await bench.tryOpen(AbortSignal.abort()), 'open', 'when it was aborted beforehand')
      if (!bench.server.can('refuse')) return
      await bench.server.refuse(true)
      expectNoThrow(await bench.tryOpen(), 'open', 'while the server refuses')
    },
  },
]

function isFatal<R>(bench: Bench<R>, error: unknown, resource: R): unknown {
  try {
    return bench.adapter.isFatal?.(error, resource)
  } catch (thrown) {
    throw broken(`isFatal of ${show(error)} gives true or false`, `it threw ${show(thrown)}`, thrown)
  }
}

function setRef<R>(bench: Bench<R>, resource: R, keepAlive: boolean, when: string): void {
  try {
    bench.adapter.setRef?.(resource, keepAlive)
  } catch (error) {
    throw broken(`setRef(resource, ${keepAlive}) does not throw ${when}`, `it threw ${show(error)}`, error)
  }
}

function expectBoolean(answer: unknown, what: string, when: string): void {
  if (typeof answer === 'boolean') return
  const given = isThenable(answer) ? 'a promise, which counts as true' : show(answer)
  throw broken(`${what} gives true or false ${when}`, `it gave ${given}`)
}

function isPromise(outcome: Outcome<unknown>): boolean {
  return outcome.how === 'resolved' && outcome.isPromise
}

function expectNoThrow(outcome: Outcome<unknown>, method: string, when: string): void {
  if (outcome.how !== 'threw') return
  throw broken(`${method} rejects ${when}`, `it threw ${show(outcome.error)} where it was called`, outcome.error)
}
