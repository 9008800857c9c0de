import type net from 'node:net'
import { InvalidOptionError, type KeyedPoolOptions } from '@millpond/core'
import { type ConnectionOptions, netOptions, tlsOptions } from './connection-options.js'
import type { Target } from './target.js'

type PoolPart = Omit<
  KeyedPoolOptions<Target, net.Socket>,
  'key' | 'adapter' | 'size' | 'health' | 'release' | 'capacity'
>

/**
 * The options of `createAgent`: those of a keyed pool, with a key for each origin, and those of the connections, as in
 * `https.Agent`, which hold for every request and cannot be overridden by one. All durations are ms.
 */
export interface AgentOptions extends PoolPart, ConnectionOptions {
  /** Connections kept open to each origin (`min`, `minSpare`); `perKey` is the limit. */
  readonly size?: { readonly min?: number; readonly minSpare?: number }
  /** Connections of one origin at most, with one set of credentials. Default `Infinity`, since a program that was
   * written for Node's agent may wait for more than ten answers at once. Set it to what the server takes.
   * (`http.Agent` `maxSockets`, undici `connections`) */
  readonly perKey?: number
  /** ms by which an idle connection ends before the server may end it, as its `Keep-Alive: timeout` has announced.
   * Raise it to more than the longest way to the server takes. Default 1 000, as Node's agent. (undici
   * `keepAliveTimeoutThreshold`) */
  readonly keepAliveMargin?: number
  /** Send an idempotent request without a body again, once and on a fresh connection, when the reused one turned out
   * dead before a byte of the answer. Default true. (RFC 9110, section 9.2.2; RFC 9112, section 9.3.1) */
  readonly resend?: boolean
  /** ms without a byte on the socket of a request after which it emits `timeout`, where it has no `timeout` of its own.
   * Default: never. (`http.Agent` `timeout`, for sockets in use) */
  readonly timeout?: number
  /** TLS sessions kept for resumption, one for each origin and set of credentials. Default 100; 0 switches resumption
   * off. (`https.Agent`) */
  readonly maxCachedSessions?: number
}

/** `AgentOptions`, checked, complete and sorted by whom they are for. */
export interface ResolvedAgentOptions {
  /** For `createKeyedPool`, which checks them. */
  readonly pool: Omit<KeyedPoolOptions<Target, net.Socket>, 'key' | 'adapter'>
  readonly connection: ConnectionOptions
  readonly keepAliveMargin: number
  readonly resend: boolean
  readonly timeout: number | undefined
  readonly maxCachedSessions: number
}

/** ms: undici's and agentkeepalive's, below the 5 s after which Node's and Apache's servers close. */
const IDLE_TIMEOUT = 4_000

const connectionOptions: ReadonlySet<string> = new Set([...tlsOptions, ...netOptions, 'servername'])

/** Options of other agents, and what says the same here. */
const foreign: Readonly<Record<string, string>> = {
  keepAlive: 'nothing: connections are always kept; idle.timeout and idle.max say how many and how long',
  keepAliveMsecs: 'nothing: the kernel probes after 60 s of silence',
  maxSockets: 'perKey, for the connections of one origin',
  maxTotalSockets: 'total, for all connections together',
  maxFreeSockets: 'idle.max, for the idle connections of one origin',
  scheduling: 'idle.reuse, for which idle connection is used next',
  freeSocketTimeout: 'idle.timeout, for how long idle connections are kept',
  socketActiveTTL: 'lifetime.maxAge, for how long connections are used at all',
  host: 'nothing: every request says where it goes',
  port: 'nothing: every request says where it goes',
  proxyEnv: 'nothing: this agent knows no proxies; override createConnection for one',
}

/** Throws `InvalidOptionError`, but for the pool's own options, which `createKeyedPool` checks. */
export function resolveAgentOptions(given: AgentOptions = {}): ResolvedAgentOptions {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('options', given, 'an object')
  const { keepAliveMargin = 1_000, resend = true, timeout, maxCachedSessions = 100, ...rest } = given
  const connection: Record<string, unknown> = {}
  const pool: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(rest)) {
    const instead = foreign[name]
    if (instead !== undefined) throw new InvalidOptionError(name, value, instead)
    if (value === undefined) continue
    if (connectionOptions.has(name)) connection[name] = value
    else pool[name] = value
  }
  if (!isDuration(keepAliveMargin)) {
    throw new InvalidOptionError('keepAliveMargin', keepAliveMargin, 'a number of ms of at least 0')
  }
  if (typeof resend !== 'boolean') throw new InvalidOptionError('resend', resend, 'true or false')
  if (timeout !== undefined && !(isDuration(timeout) && timeout > 0)) {
    throw new InvalidOptionError('timeout', timeout, 'a number of ms above 0')
  }
  if (!Number.isInteger(maxCachedSessions) || maxCachedSessions < 0) {
    throw new InvalidOptionError('maxCachedSessions', maxCachedSessions, 'a whole number of at least 0')
  }
  return {
    pool: {
      name: 'http agent',
      perKey: Number.POSITIVE_INFINITY,
      ...pool,
      idle: withIdleTimeout(given.idle),
    },
    connection: connection as ConnectionOptions,
    keepAliveMargin,
    resend,
    timeout,
    maxCachedSessions,
  }
}

/** What is no object is left to be refused. */
function withIdleTimeout(idle: AgentOptions['idle'] = {}): NonNullable<AgentOptions['idle']> {
  if (typeof idle !== 'object' || idle === null) return idle
  return { ...idle, timeout: idle.timeout ?? IDLE_TIMEOUT }
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
