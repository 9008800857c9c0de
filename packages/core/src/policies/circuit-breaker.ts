import { CircuitOpenError } from '../errors/circuit-open-error.js'
import type { BreakerOptions } from '../pool/pool-options.js'
import type { Policy } from './policy.js'

/**
 * A circuit breaker around opening (Nygard, "Release It!"): after so many failures in a row nothing is opened for the
 * cool-down; then one open is tried, the half-open probe, and its outcome closes the circuit or opens it again.
 */
export function circuitBreaker({ failures, cooldown }: Required<BreakerOptions>): Policy {
  return {
    name: 'circuit breaker',
    attach(host) {
      let inARow = 0
      /** Until when nothing is opened; undefined while closed. */
      let openUntil: number | undefined
      let probe: unknown
      let cause: unknown

      return {
        mayOpen({ now }) {
          if (openUntil === undefined) return 'admit'
          if (probe !== undefined) return 'wait'
          if (now >= openUntil) return 'admit'
          // The alarm that has woken was set for an earlier end of the cool-down: later failures have moved it.
          host.wake(openUntil)
          return { verdict: 'reject', error: new CircuitOpenError(host.pool, openUntil - now, inARow, cause) }
        },
        onConnecting({ connection }) {
          if (openUntil !== undefined) probe = connection
        },
        onConnect() {
          inARow = 0
          probe = undefined
          if (openUntil === undefined) return undefined
          openUntil = undefined
          host.wake()
          return undefined
        },
        onConnectError({ error, now }) {
          inARow++
          cause = error
          if (inARow < failures && probe === undefined) return
          probe = undefined
          openUntil = now + cooldown
          host.wake(openUntil)
        },
        onDisconnect({ connection }) {
          if (probe !== connection) return
          probe = undefined
          host.wake()
        },
      }
    },
  }
}
