export type { AcquireOptions, TryAcquireOptions } from './acquire/acquire-options.js'
export type { Lease } from './acquire/lease.js'
export {
  type Adapter,
  type CallContext,
  type CheckContext,
  type CloseContext,
  type CloseReason,
  defineAdapter,
  type OpenContext,
  type ResetContext,
  type WatchSignals,
} from './adapter/adapter.js'
export { type BalanceOptions, balance } from './compose/balance.js'
export type { EjectOptions } from './compose/ejection.js'
export { type FailoverOptions, failover } from './compose/failover.js'
export type { GroupOptions } from './compose/group-of.js'
export type { PickName } from './compose/pick.js'
export { type RetryStaleOptions, retryStale, type StaleFn } from './compose/retry-stale.js'
export { shareLimit } from './compose/share-limit.js'
export type { ConnectionInfo } from './connection/connection-info.js'
export type { EventName, StateName } from './connection/connection-table.js'
export type { ConnectionMirror, Inspector } from './connection/inspector.js'
export { AcquireAbortedError } from './errors/acquire-aborted-error.js'
export { type AcquirePhase, type AcquireTimeoutDetails, AcquireTimeoutError } from './errors/acquire-timeout-error.js'
export { CircuitOpenError } from './errors/circuit-open-error.js'
export { ConnectError } from './errors/connect-error.js'
export { ConnectionSharedError } from './errors/connection-shared-error.js'
export { InvalidOptionError } from './errors/invalid-option-error.js'
export { isPoolError } from './errors/is-pool-error.js'
export { LeaseReleasedError } from './errors/lease-released-error.js'
export { NestedAcquireError } from './errors/nested-acquire-error.js'
export { OverloadedError } from './errors/overloaded-error.js'
export { PoolClosedError } from './errors/pool-closed-error.js'
export { PoolError, type PoolErrorCode } from './errors/pool-error.js'
export { PoolPausedError } from './errors/pool-paused-error.js'
export { QueueFullError } from './errors/queue-full-error.js'
export { createKeyedPool } from './keyed/create-keyed-pool.js'
export type { KeyedPoolOptions } from './keyed/keyed-options.js'
export type { KeyedPool, KeyedPoolStats } from './keyed/keyed-pool.js'
export {
  type Admission,
  type AdmitRequest,
  definePolicy,
  type IdleVerdict,
  type OpenRequest,
  type Policy,
  type PolicyHooks,
  type PolicyHost,
  type PolicySubject,
  type Rejection,
  type Retirement,
  type Verdict,
} from './policies/policy.js'
export { admitWhen, checkWhen, retireWhen } from './policies/when.js'
export type { CloseOptions } from './pool/close.js'
export { createPool } from './pool/create-pool.js'
export type { FlushOptions } from './pool/flush.js'
export type { PauseOptions } from './pool/pause.js'
export type { Pool } from './pool/pool.js'
export type { AcquireFailure, PoolEvents, TroubleSource } from './pool/pool-events.js'
export type {
  AcquireGroup,
  AdaptiveOptions,
  BackoffOptions,
  BreakerOptions,
  CapacityOptions,
  CloseGroup,
  ConnectOptions,
  HealthOptions,
  IdleOptions,
  LeaseOptions,
  LifetimeOptions,
  PerClientOptions,
  PoolOptions,
  ReleaseOptions,
  SizeOptions,
} from './pool/pool-options.js'
export type { Histogram, PoolStats } from './pool/pool-stats.js'
export type { Clock } from './time/clock.js'
export { systemClock } from './time/system-clock.js'
