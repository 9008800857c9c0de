import type { PoolOptions } from '@millpond/core'

/**
 * For a service in front of a database: callers wait through a restart of the server until their own deadline
 * (`acquire.timeout`, or that of the call), and the server is not stormed when it comes back.
 */
const database = {
  connect: {
    /** One login, not the whole wait: within HikariCP's `connectionTimeout` of 30 s, which is the acquire's here too,
     * several attempts fit. (libpq `connect_timeout`, which asks for at least 2 s) */
    timeout: 5_000,
    /** Logins are dear for the server: a process, a TLS handshake, a password hash. (CMAP `maxConnecting`: 2) */
    concurrency: 2,
    /** Callers would only try again. (HikariCP: `getConnection` retries until `connectionTimeout`) */
    retry: true,
    /** A server that is back is noticed within a second. (gRPC connection backoff, whose cap is 120 s) */
    backoff: { initialDelay: 100, maxDelay: 1_000, factor: 2, jitter: 0.2 },
    /** One attempt a second while the server is down; with `retry: false`, callers are told at once meanwhile. (Nygard,
     * "Release It!"; the cooldown is short since a refused login costs next to nothing) */
    breaker: { failures: 5, cooldown: 1_000 },
  },
  idle: {
    /** Sessions are worth keeping. (HikariCP `idleTimeout`: 10 minutes) */
    timeout: 600_000,
  },
  lifetime: {
    /** Follows DNS and fail-overs, and gives a session's memory back. (HikariCP `maxLifetime`: 30 minutes) */
    maxAge: 1_800_000,
    /** Not all at once. (pgxpool `MaxConnLifetimeJitter`) */
    jitter: 0.1,
  },
  health: {
    /** A ping before the lease after a second without use; without a ping, nothing. (pgxpool pings after 1 s; HikariCP
     * `aliveBypassWindow`: 500 ms) */
    after: 1_000,
    /** A borrower waits for it. (HikariCP `validationTimeout`: 5 s, halved) */
    timeout: 2_500,
  },
  release: {
    /** A rollback of a long transaction takes its time. (The pool's default, written out) */
    timeout: 5_000,
  },
  close: {
    /** A goodbye is worth no more, and the room is needed: a session whose server is frozen is dropped. (The pool's
     * default is 5 s) */
    timeout: 2_000,
  },
} as const satisfies PoolOptions

/**
 * The same for callers that have something better to do than to wait: nobody waits for a server that is down. An acquire
 * that nothing open can serve is told so at once, by a `ConnectError`, or a `CircuitOpenError` while the circuit is open.
 */
const failFast = {
  ...database,
  connect: { ...database.connect, retry: false },
} as const satisfies PoolOptions

/**
 * Options for `createPool`, as plain objects to be used as they are or spread. Every value says where its idea is from.
 *
 * ```ts
 * createPool(adapter, presets.database)
 * createPool(adapter, { ...presets.database, size: { max: 20 } })
 * ```
 */
export const presets = { database, failFast } as const
