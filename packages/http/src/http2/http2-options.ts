import http2, { type ClientHttp2Session } from 'node:http2'
import { InvalidOptionError, type KeyedPoolOptions } from '@millpond/core'
import { count, duration, flag, natural, object, readGroup } from '@millpond/core/kit'
import type { AgentOptions } from '../agent/agent-options.js'
import type { Http2Target } from './http2-target.js'
import type { Http2SessionOptions } from './open-session.js'
import type { PingLimits } from './silence-watch.js'
import { splitOptions, type TransportOptions } from './transport.js'

type PoolPart = Omit<KeyedPoolOptions<Http2Target, ClientHttp2Session>, 'key' | 'adapter'>

/** How origins are spoken with that know no HTTP/2: as `createAgent`'s options of the same names. */
export type Http1Options = Pick<AgentOptions, 'perKey' | 'total' | 'idle' | 'keepAliveMargin'>

/**
 * The options of `createHttp2Pool`: those of a keyed pool, with a key for each origin; those of TLS, as in `https.Agent`;
 * those of sockets, as in `tcp` of @millpond/tcp. All durations are ms.
 */
export interface Http2PoolOptions extends PoolPart, TransportOptions {
  /** Leases, that is streams, at once on one session at most; the peer's `maxConcurrentStreams` holds too. Default 100:
   * what RFC 9113, section 6.5.2, has peers allow at least. Lower it where streams of one session slow one another down,
   * since they share its flow-control window. (undici `maxConcurrentStreams`) */
  readonly concurrency?: number
  /** A session with open streams from which nothing comes is asked by PING, and lost when it does not answer. */
  readonly ping?: {
    /** ms of silence until it is asked. Default 30 000; `Infinity` switches it off. gRPC servers that enforce a minimum
     * (5 minutes) end a session that asks more often while no data flows: raise it there. (Kubernetes
     * `HTTP2_READ_IDLE_TIMEOUT_SECONDS`, Go's `ReadIdleTimeout`) */
    readonly every?: number
    /** ms to answer; also when a request has waited in vain, after which its session is asked at once. Default 15 000. */
    readonly timeout?: number
  }
  /** Speak HTTP/1.1, through an agent, with an `https:` origin that chooses it by ALPN: for `request` alone. `false`
   * offers HTTP/2 only. Default true. (Node's server option `allowHTTP1`) */
  readonly http1?: boolean | Http1Options
  /** How often `request` sends a request again that the peer refused unprocessed. Default 3. (Go's http2 transport: 6) */
  readonly retries?: number
  /** Send an idempotent request without a body again, once and on a fresh session, when the reused one turned out dead
   * before the answer began. Default true. (RFC 9110, section 9.2.2) */
  readonly resend?: boolean
  /** For `http2.connect`: `settings`, `maxSessionMemory`, … By default, servers are told not to push. */
  readonly http2?: Http2SessionOptions
}

/** `Http2PoolOptions`, checked and sorted by whom they are for. */
export interface ResolvedHttp2Options {
  /** For `createKeyedPool`, which checks them. */
  readonly pool: PoolPart
  readonly transport: Pick<ReturnType<typeof splitOptions>, 'ofTls' | 'ofSocket'>
  readonly concurrency: number
  readonly ping: PingLimits
  /** The options of the agent; undefined where only HTTP/2 is spoken. */
  readonly http1: AgentOptions | undefined
  readonly retries: number
  readonly resend: boolean
  readonly session: Http2SessionOptions
}

/** ms: a session that was used more recently than this is lent without a PING. A PING costs a round trip, and a session
 * tells of its end by GOAWAY or FIN; what falls silent does so after minutes, as a rule. */
const CHECK_AFTER = 10_000

/** Throws `InvalidOptionError`, but for the pool's own options, which `createKeyedPool` checks. */
export function resolveHttp2Options(given: Http2PoolOptions = {}): ResolvedHttp2Options {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('options', given, 'an object')
  const { concurrency, ping, http1 = true, retries, resend, http2: session, ...rest } = given
  const { others, ...transport } = splitOptions(rest)
  if ('adapter' in others) throw new InvalidOptionError('adapter', '[given]', 'nothing: an HTTP/2 pool has its own')
  const own = readGroup(
    '',
    { concurrency, retries, resend, http2: session },
    { concurrency: count(100, true), retries: natural(3), resend: flag(true), http2: object<Http2SessionOptions>({}) },
  )
  const pool: PoolPart = { name: 'http2', ...others, health: withAfter(given.health) }
  return {
    pool,
    transport,
    concurrency: own.concurrency,
    ping: readGroup('ping', ping, { every: duration(30_000), timeout: duration(15_000) }),
    http1: resolveHttp1(http1, pool, own.resend),
    retries: own.retries,
    resend: own.resend,
    session: resolveSession(own.http2),
  }
}

/** What is no object is left to be refused. */
function withAfter(health: PoolPart['health'] = {}): NonNullable<PoolPart['health']> {
  if (typeof health !== 'object' || health === null) return health
  return { ...health, after: health.after ?? CHECK_AFTER }
}

const decidedHere = ['createConnection', 'protocol', 'unknownProtocolTimeout']

function resolveSession(given: Http2SessionOptions): Http2SessionOptions {
  for (const name of decidedHere) {
    if (name in given) throw new InvalidOptionError(`http2.${name}`, '[given]', 'nothing: the pool decides it')
  }
  const settings = { enablePush: false, ...given.settings }
  try {
    http2.getPackedSettings(settings)
  } catch (error) {
    throw new InvalidOptionError('http2.settings', given.settings, 'what http2.connect takes', error)
  }
  return { ...given, settings }
}

/** The groups that mean the same for the connections of an agent. */
const shared = ['acquire', 'connect', 'lifetime', 'close', 'lease', 'stats', 'clock', 'random'] as const

function resolveHttp1(given: boolean | Http1Options, pool: PoolPart, resend: boolean): AgentOptions | undefined {
  if (given === false) return undefined
  if (given !== true && (typeof given !== 'object' || given === null)) {
    throw new InvalidOptionError('http1', given, 'true, false or { perKey, total, idle, keepAliveMargin }')
  }
  const own = given === true ? {} : given
  for (const name of Object.keys(own)) {
    if (['perKey', 'total', 'idle', 'keepAliveMargin'].includes(name)) continue
    const value = (own as Record<string, unknown>)[name]
    throw new InvalidOptionError(
      `http1.${name}`,
      value,
      'no such option; known are perKey, total, idle, keepAliveMargin',
    )
  }
  const same = Object.fromEntries(
    shared.filter((name) => pool[name] !== undefined).map((name) => [name, pool[name]]),
  ) as AgentOptions
  return { ...same, name: `${pool.name} (http/1.1)`, resend, ...own }
}
