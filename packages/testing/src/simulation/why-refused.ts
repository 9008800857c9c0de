import { type AcquireFailure, isPoolError, type PoolErrorCode } from '@millpond/core'

const reasons: Partial<Record<PoolErrorCode, AcquireFailure>> = {
  ERR_POOL_ACQUIRE_TIMEOUT: 'timeout',
  ERR_POOL_ACQUIRE_ABORTED: 'aborted',
  ERR_POOL_QUEUE_FULL: 'queue-full',
  ERR_POOL_OVERLOADED: 'overloaded',
  ERR_POOL_CIRCUIT_OPEN: 'circuit-open',
  ERR_POOL_NESTED_ACQUIRE: 'nested',
  ERR_POOL_CONNECT: 'connect-failed',
  ERR_POOL_CLOSED: 'closed',
  ERR_POOL_PAUSED: 'paused',
  ERR_POOL_INVALID_OPTION: 'invalid',
}

/** What an acquire failed for, in the words of the event `acquireError`; undefined for what is no error of a pool. */
export function whyRefused(error: unknown): AcquireFailure | undefined {
  return isPoolError(error) ? (reasons[error.code] ?? 'invalid') : undefined
}
