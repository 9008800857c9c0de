import type { Bench } from '../bench.js'
import { broken } from '../broken.js'
import type { Clause } from '../clause.js'
import { delivered } from '../eventually.js'
import { type Outcome, tell } from '../observe.js'
import { AFTERWARDS, CALL, DEADLINE } from '../patience.js'

/** ms after which opens are aborted: at once, and in the midst of whatever an open is made of. */
const MOMENTS = [0, 0, 0.2, 0.5, 1, 2, 4, 8]

export const aborting: readonly Clause[] = [
  {
    title: 'an open that was aborted beforehand leaves nothing open on the server (invariant 6)',
    needs: ['server.openCount'],
    async prove(bench) {
      for (let times = 0; times < 3; times++) {
        await settleAborted(bench, bench.tryOpen(AbortSignal.abort()), 'was aborted beforehand')
      }
      await delivered()
      await bench.expectNothingLeft('after opens that were aborted beforehand')
    },
  },
  {
    title: 'an open that is aborted under way leaves nothing open on the server (invariant 6)',
    needs: ['server.openCount'],
    async prove(bench) {
      for (const moment of MOMENTS) {
        const aborter = new AbortController()
        const opening = bench.tryOpen(aborter.signal)
        await pass(moment)
        aborter.abort()
        await settleAborted(bench, opening, `is aborted ${moment} ms after its begin`)
      }
      await bench.expectNothingLeft('after opens that were aborted under way')
    },
  },
  {
    title: 'an open given up while the server is silent leaves nothing open, however late it comes (invariant 6)',
    needs: ['server.blackhole', 'server.openCount'],
    async prove(bench) {
      await bench.server.blackhole(true)
      const given = await Promise.all([openAndGiveUp(bench), openAndGiveUp(bench)])
      await bench.server.blackhole(false)
      for (const outcome of given) await settleLate(bench, outcome)
      await bench.expectNothingLeft('after opens that were given up while it was silent')
    },
  },
]

/** Under a millisecond by turns of the event loop, since no timer is that short. */
async function pass(ms: number): Promise<void> {
  const until = performance.now() + ms
  while (performance.now() < until) await new Promise(setImmediate)
}

async function openAndGiveUp<R>(bench: Bench<R>): Promise<Outcome<R>> {
  const aborter = new AbortController()
  const timer = setTimeout(() => aborter.abort(), DEADLINE)
  const outcome = await bench.tryOpen(aborter.signal, DEADLINE + AFTERWARDS)
  clearTimeout(timer)
  if (outcome.how === 'resolved') await endLate(bench, outcome.value)
  return outcome
}

async function settleLate<R>(bench: Bench<R>, outcome: Outcome<R>): Promise<void> {
  if (outcome.how !== 'pending') return
  await settleAborted(bench, latest(outcome.later), 'was given up and the server answers again')
}

/** An aborted open may reject, or give a resource after all, which is then ended; it has to do one of them. */
async function settleAborted<R>(bench: Bench<R>, opening: Promise<Outcome<R>>, how: string): Promise<void> {
  const outcome = await opening
  if (outcome.how === 'pending') {
    throw broken(`an open that ${how} settles`, `it ${tell(outcome)}`)
  }
  if (outcome.how === 'resolved') await endLate(bench, outcome.value)
}

async function endLate<R>(bench: Bench<R>, resource: R): Promise<void> {
  if (resource === undefined || resource === null) {
    throw broken('an open that is aborted rejects, or gives a resource', `it resolved with ${resource}`)
  }
  await bench.end(resource)
}

async function latest<R>(later: Promise<Outcome<R>>): Promise<Outcome<R>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<Outcome<R>>((resolve) => {
    timer = setTimeout(resolve, CALL, { how: 'pending', after: CALL, later })
  })
  const outcome = await Promise.race([later, limit])
  clearTimeout(timer)
  return outcome
}
