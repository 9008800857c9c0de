import { OverloadedError } from '../errors/overloaded-error.js'
import type { AdaptiveOptions } from '../pool/pool-options.js'
import type { Admission, AdmitRequest, Policy } from './policy.js'

/** One priority's queue. */
interface Level {
  /** The shortest wait seen since the interval began. */
  shortest: number
  /** When the interval ends. */
  ends: number
  slow: boolean
  /** When its head was last looked at with a connection at hand. */
  takenAt: number
}

/**
 * CoDel (Nichols & Jacobson 2012) in the form of Elixir's db_connection: a queue whose shortest wait stays above
 * `target` for an `interval` is slow, and a slow queue refuses whoever has waited twice the target when a connection is
 * at hand, so that those served are served fast and nobody works for callers who have given up. A queue from which
 * nothing was taken for an interval counts as slow as well.
 */
export function adaptiveQueue({ target, interval }: Required<AdaptiveOptions>): Policy {
  return {
    name: 'adaptive queue',
    attach(host) {
      const levels = new Map<number, Level>()
      const limit = 2 * target
      /** ms after which a waiter from whose queue nothing is taken makes it slow. */
      const patience = Math.max(interval, target + 1)

      function levelOf({ priority, now }: AdmitRequest): Level {
        let level = levels.get(priority)
        if (level === undefined) {
          level = { shortest: 0, ends: now + interval, slow: false, takenAt: now }
          levels.set(priority, level)
        }
        return level
      }

      function arrived(level: Level, { waiting, now }: AdmitRequest): Admission {
        if (waiting === 0) {
          level.shortest = 0
          level.slow = false
          level.takenAt = now
        }
        host.wake(now + patience)
        return 'admit'
      }

      function taken(level: Level, request: AdmitRequest): Admission {
        const { waited, now } = request
        level.takenAt = now
        if (now >= level.ends) beginInterval(level, request, level.shortest > target)
        else if (waited < level.shortest) level.shortest = waited
        return answer(level, waited)
      }

      function woken(level: Level, request: AdmitRequest): Admission {
        const { waited, now } = request
        const stuck = Math.min(waited, now - level.takenAt)
        if (stuck >= interval) beginInterval(level, request, waited > target)
        const admission = answer(level, waited)
        if (admission === 'admit') {
          const since = now - waited
          host.wake(level.slow ? since + limit + 1 : Math.max(level.takenAt + interval, since + patience))
        }
        return admission
      }

      function beginInterval(level: Level, { waited, now }: AdmitRequest, slow: boolean): void {
        level.slow = slow
        level.shortest = waited
        level.ends = now + interval
      }

      function answer(level: Level, waited: number): Admission {
        if (!level.slow || waited <= limit) return 'admit'
        return { verdict: 'reject', error: new OverloadedError(host.pool, waited, `no wait was below ${target} ms`) }
      }

      const occasions = { arrival: arrived, turn: taken, wake: woken }
      return { admit: (request) => occasions[request.occasion](levelOf(request), request) }
    },
  }
}
