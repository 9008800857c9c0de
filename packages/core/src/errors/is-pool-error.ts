import type { AcquireAbortedError } from './acquire-aborted-error.js'
import type { AcquireTimeoutError } from './acquire-timeout-error.js'
import type { CircuitOpenError } from './circuit-open-error.js'
import type { ConnectError } from './connect-error.js'
import type { ConnectionSharedError } from './connection-shared-error.js'
import type { InvalidOptionError } from './invalid-option-error.js'
import type { LeaseReleasedError } from './lease-released-error.js'
import type { NestedAcquireError } from './nested-acquire-error.js'
import type { OverloadedError } from './overloaded-error.js'
import type { PoolClosedError } from './pool-closed-error.js'
import { brand, type PoolError, type PoolErrorCode } from './pool-error.js'
import type { PoolPausedError } from './pool-paused-error.js'
import type { QueueFullError } from './queue-full-error.js'

type AnyPoolError =
  | AcquireAbortedError
  | AcquireTimeoutError
  | CircuitOpenError
  | ConnectError
  | ConnectionSharedError
  | InvalidOptionError
  | LeaseReleasedError
  | NestedAcquireError
  | OverloadedError
  | PoolClosedError
  | PoolPausedError
  | QueueFullError

/** The class that has this code. */
type ErrorOf<C extends PoolErrorCode> = Extract<AnyPoolError, { readonly code: C }>

/** Says whether `error` came from a pool (with this `code`, when given), whichever copy of this package made it: an
 * ESM and a CJS copy in one process have different classes, so `instanceof` is not enough. */
export function isPoolError<C extends PoolErrorCode>(error: unknown, code: C): error is ErrorOf<C>
export function isPoolError(error: unknown): error is PoolError
export function isPoolError(error: unknown, code?: PoolErrorCode): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { [brand]?: unknown })[brand] === true &&
    (code === undefined || (error as PoolError).code === code)
  )
}
