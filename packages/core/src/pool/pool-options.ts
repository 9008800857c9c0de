import type { Inspector } from '../connection/inspector.js'
import type { Policy } from '../policies/policy.js'
import type { Clock } from '../time/clock.js'

/** How many connections there are. */
export interface SizeOptions {
  /** Connections kept open even when nobody needs them. Default 0. (HikariCP `minimumIdle`, pgxpool `MinConns`) */
  readonly min?: number
  /** Connections open at most, in every state but closed. Default 10. (HikariCP `maximumPoolSize`) */
  readonly max?: number
  /** Idle connections kept beyond the present demand, within `max`. Default 0. (pgxpool `MinIdleConns`) */
  readonly minSpare?: number
}

/** How long and in which order acquires wait. */
export interface AcquireGroup {
  /** ms from the acquire until it rejects with `AcquireTimeoutError`. Default 30 000; `Infinity` waits for ever. (HikariCP `connectionTimeout`) */
  readonly timeout?: number
  /** Acquires that may wait at once; one more rejects with `QueueFullError`. Default `Infinity`. (generic-pool `maxWaitingClients`) */
  readonly maxWaiting?: number
  /** Who is served first: the longest-waiting ('fifo', default) or the latest ('lifo': under overload some are served in time). */
  readonly order?: 'fifo' | 'lifo'
  /** Refuse waiters early under sustained overload, so that those served are served fast. Default off; `{}` or `true`
   * switches it on. (CoDel: Nichols & Jacobson 2012; Elixir's db_connection `queue_target`) */
  readonly adaptive?: boolean | AdaptiveOptions
  /** Leases that one `client` may have at once; clients take turns. Default off. (PgBouncer `max_user_connections`) */
  readonly perClient?: PerClientOptions
  /** An acquire inside a `use` of the same pool, which can wait for itself for ever: 'warn' emits `misuse`, 'error'
   * rejects with `NestedAcquireError`. Costs an AsyncLocalStorage. Default 'off'. */
  readonly nested?: 'off' | 'warn' | 'error'
  /** ms of waiting beyond which a granted acquire emits `slow`. Default `Infinity`: off. */
  readonly slow?: number
}

/** When a queue counts as overloaded. */
export interface AdaptiveOptions {
  /** ms of waiting that are fine; twice as much is refused while the queue is slow. Default 50. (db_connection `queue_target`) */
  readonly target?: number
  /** ms for which no wait was below `target` before the queue counts as slow. Default 2 000. (db_connection `queue_interval`) */
  readonly interval?: number
}

/** Shares of clients. */
export interface PerClientOptions {
  /** Leases at once of one client. No default. Acquires that name no client are not limited. */
  readonly max: number
}

/** Waiting between failed opens: initialDelay · factorⁿ, at most maxDelay, spread by ± jitter. (gRPC connection backoff) */
export interface BackoffOptions {
  /** ms after the first failure. Default 100. */
  readonly initialDelay?: number
  /** ms at most, before jitter. Default 5 000. */
  readonly maxDelay?: number
  /** Growth from one failure to the next, at least 1. Default 2. */
  readonly factor?: number
  /** Share of the delay by which it is spread, 0 to 1. Default 0.2. */
  readonly jitter?: number
}

/** A circuit breaker around opening, with one half-open probe. */
export interface BreakerOptions {
  /** Failed opens in a row that open the circuit. Default 5. */
  readonly failures?: number
  /** ms until one open is tried again. Default 10 000. */
  readonly cooldown?: number
}

/** How connections are opened. */
export interface ConnectOptions {
  /** ms until an open is given up. Default 10 000. (pgxpool `ConnectTimeout`) */
  readonly timeout?: number
  /** Opens in flight at most. Default `Infinity`. (CMAP `maxConnecting`) */
  readonly concurrency?: number
  /** 'elastic' (default) opens for a waiter only when that should beat waiting for a release; 'eager' opens one for each waiter. */
  readonly growth?: 'elastic' | 'eager'
  /** Always on. */
  readonly backoff?: BackoffOptions
  /** Stop opening for a while after failures in a row. Default off. (Nygard, "Release It!"; Resilience4j) */
  readonly breaker?: BreakerOptions
  /** Keep waiters until their own deadline when opens fail, instead of rejecting them with `ConnectError` once nothing else can serve them. Default false. */
  readonly retry?: boolean
}

/** What becomes of connections that nobody uses. */
export interface IdleOptions {
  /** ms unused until closed, never below `size.min`. Default 30 000; `Infinity` keeps them. (HikariCP `idleTimeout`) */
  readonly timeout?: number
  /** Idle connections kept at most; one more closes the longest-idle. Default `Infinity`. (database/sql `SetMaxIdleConns`) */
  readonly max?: number
  /** Which idle connection is lent next: the last used ('lifo', default: the rest can time out), the longest idle ('fifo': all stay warm) or any. */
  readonly reuse?: 'lifo' | 'fifo' | 'random'
}

/** How long a connection is kept at all. */
export interface LifetimeOptions {
  /** ms since its open until it is retired, once free. Default `Infinity`. (HikariCP `maxLifetime`) */
  readonly maxAge?: number
  /** Share of `maxAge` by which each connection's is shortened at random, 0 to 1, so that they do not end together. Default 0.025. (HikariCP) */
  readonly jitter?: number
  /** Leases until it is retired. Default `Infinity`. (pg-pool `maxUses`) */
  readonly maxUses?: number
}

/** When the adapter's `check` is called. */
export interface HealthOptions {
  /** Check an idle connection before lending it. Default: true where the adapter has `check`. (HikariCP `connectionTestQuery`) */
  readonly onAcquire?: boolean
  /** ms: one used or checked more recently than this is lent unchecked. Default 500. (HikariCP `aliveBypassWindow`) */
  readonly after?: number
  /** ms between background checks of an idle connection. Default `Infinity`: off. (HikariCP `keepaliveTime`) */
  readonly every?: number
  /** Background checks at once at most. Default 2. */
  readonly concurrency?: number
  /** ms until a check counts as failed. Default 5 000. */
  readonly timeout?: number
}

/** How a connection comes back. */
export interface ReleaseOptions {
  /** ms until the adapter's `reset` counts as failed. Default 5 000. */
  readonly timeout?: number
}

/** How a connection ends. */
export interface CloseGroup {
  /** ms until a graceful close is cut short by `destroy`, and an open asked to stop is abandoned. Default 5 000. */
  readonly timeout?: number
}

/** How leases share connections, where the adapter's have a capacity above 1. */
export interface CapacityOptions {
  /** 'packed' (default) fills the fullest connection first, so that others come free; 'spread' takes an idle one, then
   * the one with the fewest leases. */
  readonly placement?: 'packed' | 'spread'
}

/** How long a lease may last. */
export interface LeaseOptions {
  /** ms after which a lease emits `leak`, with the stack of its acquire. Default `Infinity`: off. (HikariCP `leakDetectionThreshold`) */
  readonly warnAfter?: number
  /** ms after which a lease is revoked and its connection ended; one with other leases is retired. Default `Infinity`: off. (Tomcat JDBC `removeAbandonedTimeout`) */
  readonly maxDuration?: number
}

/** Every option of a pool. All durations are ms; `Infinity` switches a limit off; 0 is refused for timeouts. */
export interface PoolOptions<R = unknown> {
  /** Its name in errors, events and metrics. Default: the adapter's name. */
  readonly name?: string
  readonly size?: SizeOptions
  readonly acquire?: AcquireGroup
  readonly connect?: ConnectOptions
  readonly idle?: IdleOptions
  readonly lifetime?: LifetimeOptions
  readonly health?: HealthOptions
  readonly release?: ReleaseOptions
  readonly close?: CloseGroup
  readonly capacity?: CapacityOptions
  readonly lease?: LeaseOptions
  /** Rules of your own, merged with the built-in ones by the severest verdict. Default none. */
  readonly policies?: readonly Policy<NoInfer<R>>[]
  /** 'full' adds histograms of wait, connect and lease times to `stats()`, for two clock readings more per lease. Default 'basic'. */
  readonly stats?: 'basic' | 'full'
  /** Where time comes from. Default: the process's monotonic clock. */
  readonly clock?: Clock
  /** Where chance comes from: a number in [0, 1). Default `Math.random`. */
  readonly random?: () => number
  /** Mirrors each connection by a live xstate actor: `inspectWith()` of `@millpond/core/machine`. Default: none. */
  readonly inspect?: Inspector
  /** 'paused' refuses acquires and opens nothing until `resume()`. Default 'ready'. (CMAP's paused state) */
  readonly start?: 'ready' | 'paused'
}
