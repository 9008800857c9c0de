import type { Inspector } from '../connection/inspector.js'
import type { Policy } from '../policies/policy.js'
import type { Clock } from '../time/clock.js'

/** How many connections there are. */
export interface SizeOptions {
  /** Connections kept open even when nobody needs them. Raise it when the first requests after a quiet time must not
   * wait for an open. Default 0. (HikariCP `minimumIdle`, pgxpool `MinConns`) */
  readonly min?: number
  /** Connections open at most, in every state but closed. Raise it when acquires wait while the far end has work to
   * spare; keep it below what the far end takes, for all processes together. Default 10. (HikariCP
   * `maximumPoolSize`) */
  readonly max?: number
  /** Idle connections kept beyond the present demand, within `max`. Set it where bursts come without warning and
   * opens are slow. Default 0. (pgxpool `MinIdleConns`) */
  readonly minSpare?: number
}

/** How long and in which order acquires wait. */
export interface AcquireGroup {
  /** ms from the acquire until it rejects with `AcquireTimeoutError`. Set it to what your own callers wait at most:
   * later nobody wants the connection. Default 30 000; `Infinity` waits for ever. (HikariCP `connectionTimeout`) */
  readonly timeout?: number
  /** Acquires that may wait at once; one more rejects with `QueueFullError`. Set it to bound memory and to fail at once
   * where waiting would be in vain. Default `Infinity`. (generic-pool `maxWaitingClients`) */
  readonly maxWaiting?: number
  /** Who is served first: the longest-waiting ('fifo', default) or the latest. Choose 'lifo' where callers give up,
   * so that under overload some are served in time. */
  readonly order?: 'fifo' | 'lifo'
  /** Refuse waiters early under sustained overload, so that those served are served fast. Switch it on where callers
   * can be told to come back later. Default off; `{}` or `true` switches it on. (CoDel: Nichols & Jacobson 2012;
   * Elixir's db_connection `queue_target`) */
  readonly adaptive?: boolean | AdaptiveOptions
  /** Leases that one `client` may have at once; clients take turns. Switch it on where one tenant or job can crowd
   * out the others. Default off. (PgBouncer `max_user_connections`) */
  readonly perClient?: PerClientOptions
  /** An acquire inside a `use` of the same pool, which can wait for itself for ever: 'warn' emits `misuse`, 'error'
   * rejects with `NestedAcquireError`. Switch it on in development and tests; it costs an AsyncLocalStorage. Default
   * 'off'. */
  readonly nested?: 'off' | 'warn' | 'error'
  /** ms of waiting beyond which a granted acquire emits `slow`. Set it to what your users would notice. Default
   * `Infinity`: off. */
  readonly slow?: number
}

/** When a queue counts as overloaded. */
export interface AdaptiveOptions {
  /** ms of waiting that are fine; twice as much is refused while the queue is slow. Set it to the wait that your
   * latency goal leaves room for. Default 50. (db_connection `queue_target`) */
  readonly target?: number
  /** ms for which no wait was below `target` before the queue counts as slow. Lower it to react faster, raise it to
   * sit out longer bursts. Default 2 000. (db_connection `queue_interval`) */
  readonly interval?: number
}

/** Shares of clients. */
export interface PerClientOptions {
  /** Leases at once of one client: `size.max` divided by the clients that are to get on at the same time. No default.
   * Acquires that name no client are not limited. */
  readonly max: number
}

/** Waiting between failed opens: initialDelay · factorⁿ, at most maxDelay, spread by ± jitter. (gRPC connection
 * backoff) */
export interface BackoffOptions {
  /** ms after the first failure. Raise it where each attempt is dear for the far end. Default 100. */
  readonly initialDelay?: number
  /** ms at most, before jitter: how late a far end that is back may be noticed. Default 5 000. */
  readonly maxDelay?: number
  /** Growth from one failure to the next, at least 1; 1 keeps the pause constant. Default 2. */
  readonly factor?: number
  /** Share of the delay by which it is spread, 0 to 1. Raise it with the number of processes that lose the same far
   * end at once. Default 0.2. */
  readonly jitter?: number
}

/** A circuit breaker around opening, with one half-open probe. */
export interface BreakerOptions {
  /** Failed opens in a row that open the circuit. Raise it where single opens fail now and then. Default 5. */
  readonly failures?: number
  /** ms until one open is tried again: about what the far end needs to come back. Default 10 000. */
  readonly cooldown?: number
}

/** How connections are opened. */
export interface ConnectOptions {
  /** ms until an open is given up. Lower it in one data centre, where what has not answered in a second will not;
   * raise it across the world or through a slow login. Default 10 000. (pgxpool `ConnectTimeout`) */
  readonly timeout?: number
  /** Opens in flight at most. Lower it to 2 or so where a crowd of logins strains the far end. Default `Infinity`.
   * (CMAP `maxConnecting`) */
  readonly concurrency?: number
  /** 'elastic' (default) opens for a waiter only when that should beat waiting for a release; 'eager' opens one for
   * each waiter: choose it where opens cost next to nothing. */
  readonly growth?: 'elastic' | 'eager'
  /** Always on. Change it where the defaults come back too late or too often. */
  readonly backoff?: BackoffOptions
  /** Stop opening for a while after failures in a row, and reject at once what only an open could serve. Switch it
   * on where callers have something better to do than wait. Default off. (Nygard, "Release It!"; Resilience4j) */
  readonly breaker?: BreakerOptions
  /** Keep waiters until their own deadline when opens fail, instead of rejecting them with `ConnectError` once
   * nothing else can serve them. Switch it on where callers would only try again, as over a restart of the far end.
   * Default false. */
  readonly retry?: boolean
}

/** What becomes of connections that nobody uses. */
export interface IdleOptions {
  /** ms unused until closed, never below `size.min`. Keep it below the idle timeout of the far end and of what lies
   * between; raise it where opens are dear. Default 30 000; `Infinity` keeps them. (HikariCP `idleTimeout`) */
  readonly timeout?: number
  /** Idle connections kept at most; one more closes the longest-idle. Set it where an idle connection costs the far end
   * memory and bursts are rare. Default `Infinity`. (database/sql `SetMaxIdleConns`) */
  readonly max?: number
  /** Which idle connection is lent next: the last used ('lifo', default: the rest can time out), the longest idle
   * ('fifo': all stay warm) or any ('random'). The last used is the one that answered last: where connections lead
   * to different machines, 'lifo' favours the slowest of them. (Facebook 2014: link imbalance) */
  readonly reuse?: 'lifo' | 'fifo' | 'random'
}

/** How long a connection is kept at all. */
export interface LifetimeOptions {
  /** ms since its open until it is retired, once free. Set it to follow DNS and load balancers, to have new credentials
   * used, and to stay below a limit of the far end. Default `Infinity`. (HikariCP `maxLifetime`) */
  readonly maxAge?: number
  /** Share of `maxAge` by which each connection's is shortened at random, 0 to 1, so that they do not end together.
   * Raise it where many are opened at once. Default 0.025. (HikariCP) */
  readonly jitter?: number
  /** Leases until it is retired. Set it where the far end's session grows with use. Default `Infinity`. (pg-pool
   * `maxUses`) */
  readonly maxUses?: number
}

/** When the adapter's `check` is called. */
export interface HealthOptions {
  /** Check an idle connection before lending it. Switch it off where `isUsable` or `every` do, and a round trip is
   * too dear. Default: true where the adapter has `check`. (HikariCP `connectionTestQuery`) */
  readonly onAcquire?: boolean
  /** ms: one used or checked more recently than this is lent unchecked. Lower it where a stale connection is worse
   * than a round trip; 0 checks before every lease. Default 500. (HikariCP `aliveBypassWindow`) */
  readonly after?: number
  /** ms between background checks of an idle connection. Set it below the idle timeout of firewalls on the way, and
   * to find out dead ones before anybody wants them. Default `Infinity`: off. (HikariCP `keepaliveTime`) */
  readonly every?: number
  /** Background checks at once at most. Raise it with the number of connections if they cannot all be checked within
   * `every`. Default 2. */
  readonly concurrency?: number
  /** ms until a check counts as failed. Lower it to what the far end takes at worst: a borrower waits for it. Default
   * 5 000. (HikariCP `validationTimeout`) */
  readonly timeout?: number
}

/** How a connection comes back. */
export interface ReleaseOptions {
  /** ms until the adapter's `reset` counts as failed. Raise it where a rollback may take long. Default 5 000. */
  readonly timeout?: number
}

/** How a connection ends. */
export interface CloseGroup {
  /** ms until a graceful close is cut short by `destroy`, and an open asked to stop is abandoned. Lower it to have
   * room for the next open sooner. Default 5 000. */
  readonly timeout?: number
}

/** How leases share connections, where the adapter's have a capacity above 1. */
export interface CapacityOptions {
  /** 'packed' (default) fills the fullest connection first, so that others come free; 'spread' takes an idle one, then
   * the one with the fewest leases: choose it where leases slow one another down. */
  readonly placement?: 'packed' | 'spread'
}

/** How long a lease may last. */
export interface LeaseOptions {
  /** ms after which a lease emits `leak`, with the stack of its acquire. Set it above the longest honest lease; it
   * costs a captured stack for each. Default `Infinity`: off. (HikariCP `leakDetectionThreshold`) */
  readonly warnAfter?: number
  /** ms after which a lease is revoked and its connection ended; one with other leases is retired. Set it where a hung
   * borrower is worse than a failed one. Default `Infinity`: off. (Tomcat JDBC `removeAbandonedTimeout`) */
  readonly maxDuration?: number
}

/** Every option of a pool. All durations are ms; `Infinity` switches a limit off; 0 is refused for timeouts. */
export interface PoolOptions<R = unknown> {
  /** Its name in errors, events and metrics. Set it where a process has several pools. Default: the adapter's name. */
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
  /** Rules of your own, merged with the built-in ones by the severest verdict: for what no option says. Default
   * none. */
  readonly policies?: readonly Policy<NoInfer<R>>[]
  /** 'full' adds histograms of wait, connect and lease times to `stats()`, for two clock readings more per lease.
   * Switch it on where nothing else measures them. Default 'basic'. */
  readonly stats?: 'basic' | 'full'
  /** Where time comes from: another one for tests and simulations. Default: the process's monotonic clock. */
  readonly clock?: Clock
  /** Where chance comes from, a number in [0, 1): a seeded one to have a run again. Default `Math.random`. */
  readonly random?: () => number
  /** Mirrors each connection by a live xstate actor, for development: `inspectWith()` of `@millpond/core/machine`.
   * Default: none. */
  readonly inspect?: Inspector
  /** 'paused' refuses acquires and opens nothing until `resume()`: for who waits until a topology is known. Default
   * 'ready'. (CMAP's paused state) */
  readonly start?: 'ready' | 'paused'
}
