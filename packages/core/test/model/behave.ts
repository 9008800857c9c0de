import type { CallContext } from '../../src/index.js'
import type { VirtualClock } from '../virtual-clock.js'
import type { Behaviour } from './program.js'

/** One call of the adapter, as its program wants it to go. `settled` is told of the outcome when that is certain. */
export function behave<T>(given: {
  readonly what: string
  readonly behaviour: Behaviour
  readonly context: CallContext
  readonly clock: VirtualClock
  readonly value: T
  readonly settled: (ok: boolean) => void
}): Promise<T> | T {
  const { what, behaviour, context, clock, value, settled } = given
  const { how, ms, obeys } = behaviour
  const fail = () => new Error(`${what} fails`)
  const after = (delay: number, ok: boolean, giveUp: boolean) =>
    new Promise<T>((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        settled(ok)
        if (ok) resolve(value)
        else reject(fail())
      }, delay)
      if (!giveUp) return
      const stop = () => {
        clock.clearTimeout(timer)
        settled(false)
        reject(context.signal.reason)
      }
      if (context.signal.aborted) stop()
      else context.signal.addEventListener('abort', stop, { once: true })
    })
  switch (how) {
    case 'sync':
    case 'undefined':
      settled(true)
      return value
    case 'resolve':
      settled(true)
      return Promise.resolve(value)
    case 'slow':
      return after(ms, true, obeys)
    case 'reject':
      settled(false)
      return Promise.reject(fail())
    case 'rejectSlowly':
      return after(ms, false, obeys)
    case 'throw':
      settled(false)
      throw fail()
    case 'late':
      return after(3_000 + ms, true, false)
    case 'never':
      return obeys ? after(1e9, true, true) : new Promise<T>(() => {})
  }
}
