import type net from 'node:net'
import { type Clock, InvalidOptionError, systemClock } from '@millpond/core'
import { count, duration, flag, fn, object, readGroup, share, text } from '@millpond/core/kit'

/** What `guard` may be told. Durations are ms as plain numbers; `Infinity` switches a limit off. */
export interface GuardOptions {
  /** Connections in all, those in their TLS handshake included. Default `Infinity`. (nginx `worker_connections`,
   * HAProxy `maxconn`) */
  readonly max?: number
  /** A limit for each client. Default off. (nginx `limit_conn`) */
  readonly perClient?: {
    /** Connections of one client. Default `Infinity`. */
    readonly max?: number
    /** Who a connection's client is. Default: its remote address, IPv6 by /64, since one host commands a whole /64.
     * Behind a proxy all have the proxy's address: say here who they are, or give no limit. One that throws lets the
     * connection in as a client of its own address, and the error goes to the `error` event. */
    readonly key?: (socket: net.Socket) => string
  }
  /** When `max` is reached, the connection that has been idle for longest makes room for a new one. Default true.
   * One that has just been accepted and has not sent its first byte makes room only after a second of silence, so
   * that a burst of newcomers does not drive itself out. (nginx `reusable connections`) */
  readonly evictIdle?: boolean
  /** When an idle connection is closed: over HTTP, between two requests (nginx `keepalive_timeout`); for other sockets,
   * without a byte in either direction (nginx `proxy_timeout`). */
  readonly idle?: {
    /** Default 75 000 for HTTP, nginx's; 600 000 for other sockets, nginx's for streams. */
    readonly timeout?: number
  }
  /** How long the first line and the headers of a request may take, from the first byte; on a new connection, from its
   * accept, so that one that never sends anything is gone by then too. For other sockets: until the first byte. Default
   * 60 000 for HTTP, Node's `headersTimeout` and nginx's `client_header_timeout`; `Infinity` for other sockets. */
  readonly header?: { readonly timeout?: number }
  /** How long a request may take to arrive, headers and body; what the application takes to answer is not limited. HTTP
   * only. Time in which the application does not read counts for `timeout` alone. */
  readonly request?: {
    /** From the first byte of its headers to the last of its body. Default 300 000, Node's `requestTimeout`. */
    readonly timeout?: number
    /** Without a byte of its body, while it is being read. Default 60 000, nginx's `client_body_timeout`. */
    readonly progress?: number
    /** Bytes a second that a body must bring on average, from `grace` on. Default 0, off. (Kestrel's
     * `MinRequestBodyDataRate`: 240; Apache's `mod_reqtimeout`: 500) */
    readonly minRate?: number
    /** How long a body may take before `minRate` is asked of it. Default 5 000, Kestrel's. */
    readonly grace?: number
  }
  /** How long a TLS handshake may take, from the accept. Default 10 000. (Node's own `handshakeTimeout`: 120 s) */
  readonly handshake?: { readonly timeout?: number }
  readonly lifetime?: {
    /** Requests that a connection may carry; the last answer says `Connection: close`. Default `Infinity`. (nginx
     * `keepalive_requests`) For other sockets, those that the application announces by `guard.request(socket)`. */
    readonly maxUses?: number
    /** Age at which a connection is closed, once no request is active. Default `Infinity`. (nginx `keepalive_time`,
     * gRPC `MAX_CONNECTION_AGE`) */
    readonly maxAge?: number
    /** Share of `maxAge` by which it comes earlier, drawn for each connection. Default 0.1, gRPC's. */
    readonly jitter?: number
  }
  /** In events, and in errors. Default `'guard'`. */
  readonly name?: string
  /** Where time comes from. Default the system's. */
  readonly clock?: Clock
  /** Where chance comes from, 0 to 1. Default `Math.random`. */
  readonly random?: () => number
}

/** Every option, complete. */
export interface ResolvedGuardOptions {
  readonly max: number
  readonly perClient: { readonly max: number; readonly key: ((socket: net.Socket) => string) | undefined }
  readonly evictIdle: boolean
  readonly idle: { readonly timeout: number }
  readonly header: { readonly timeout: number }
  readonly request: {
    readonly timeout: number
    readonly progress: number
    readonly minRate: number
    readonly grace: number
  }
  readonly handshake: { readonly timeout: number }
  readonly lifetime: { readonly maxUses: number; readonly maxAge: number; readonly jitter: number }
  readonly name: string
  readonly clock: Clock
  readonly random: () => number
}

/** Where the kinds of server differ. */
export interface GuardDefaults {
  readonly idleTimeout: number
  readonly headerTimeout: number
}

const defaultKey = (_socket: net.Socket) => ''

/** The options complete. Throws `InvalidOptionError`, which names the option and its value. */
export function resolveGuardOptions(given: GuardOptions | undefined, defaults: GuardDefaults): ResolvedGuardOptions {
  const top = readGroup('', given, {
    max: count(Number.POSITIVE_INFINITY, true),
    perClient: object({}),
    evictIdle: flag(true),
    idle: object({}),
    header: object({}),
    request: object({}),
    handshake: object({}),
    lifetime: object({}),
    name: text('guard'),
    clock: object<Clock>(systemClock),
    random: fn(Math.random as () => number),
  })
  const perClient = readGroup('perClient', top.perClient, {
    max: count(Number.POSITIVE_INFINITY, true),
    key: fn(defaultKey),
  })
  const { maxAge, ...lifetime } = readGroup('lifetime', top.lifetime, {
    maxUses: count(Number.POSITIVE_INFINITY, true),
    maxAge: duration(Number.POSITIVE_INFINITY),
    jitter: share(0.1),
  })
  return {
    max: top.max,
    perClient: { max: perClient.max, key: perClient.key === defaultKey ? undefined : perClient.key },
    evictIdle: top.evictIdle,
    idle: readGroup('idle', top.idle, { timeout: duration(defaults.idleTimeout) }),
    header: readGroup('header', top.header, { timeout: duration(defaults.headerTimeout) }),
    request: readRequest(top.request),
    handshake: readGroup('handshake', top.handshake, { timeout: duration(10_000) }),
    lifetime: { maxAge, ...lifetime },
    name: top.name,
    clock: top.clock,
    random: top.random,
  }
}

function readRequest(given: object): ResolvedGuardOptions['request'] {
  const request = readGroup('request', given, {
    timeout: duration(300_000),
    progress: duration(60_000),
    minRate: {
      fallback: 0,
      allowed: 'bytes a second as a finite number of at least 0; 0 switches it off',
      accepts: (value: unknown) => Number.isFinite(value) && (value as number) >= 0,
    },
    grace: duration(5_000, true),
  })
  if (request.grace === Number.POSITIVE_INFINITY) {
    throw new InvalidOptionError('request.grace', request.grace, 'finite ms; minRate: 0 switches the rate off')
  }
  return request
}
