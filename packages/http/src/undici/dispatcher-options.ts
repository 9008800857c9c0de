import { InvalidOptionError, type KeyedPoolOptions } from '@millpond/core'
import { count, duration, flag, fn, natural, readGroup, text } from '@millpond/core/kit'
import type { buildConnector } from 'undici'
import { type ConnectionOptions, netOptions, tlsOptions } from '../agent/connection-options.js'
import type { ClientConnection } from './client-connection.js'
import type { DispatchTarget } from './dispatch-target.js'
import type { ProtocolOptions } from './protocol-client.js'
import { type CreateSocketFor, foreignSocketMaker, socketMaker } from './socket-maker.js'

type PoolPart = Omit<
  KeyedPoolOptions<DispatchTarget, ClientConnection>,
  'key' | 'adapter' | 'size' | 'health' | 'release' | 'capacity'
>

/**
 * The options of `createDispatcher`: those of a keyed pool, with a key for each origin; those of the connections, as in
 * `tls.connect` and `net.connect`; and undici's of HTTP. All durations are ms, and `Infinity` switches a limit off.
 */
export interface DispatcherOptions extends PoolPart, Omit<ConnectionOptions, 'noDelay' | 'ALPNProtocols'> {
  /** Connections kept open to each origin (`min`, `minSpare`); `perKey` is the limit. */
  readonly size?: { readonly min?: number; readonly minSpare?: number }
  /** Connections of one origin at most. Default `Infinity`, as undici's. (undici `connections`) */
  readonly perKey?: number
  /** ms by which an idle connection ends before the server may end it, as its `Keep-Alive: timeout` has announced.
   * Raise it to more than the longest way to the server takes. Default 1 000. (undici `keepAliveTimeoutThreshold`) */
  readonly keepAliveMargin?: number
  /** Send an idempotent request again, once and on a fresh connection, when the reused one turned out dead before a byte
   * of the answer, unless its body is a stream or an iterator. Default true. (RFC 9110, section 9.2.2; RFC 9112, section
   * 9.3.1) */
  readonly resend?: boolean
  /** Requests under way on one connection at once. Default 1: none is sent before the last is answered. (RFC 9112,
   * section 9.3.2; undici's, which sends only idempotent ones so) */
  readonly pipelining?: number
  /** How a socket is opened, where it is not to be undici's way: through a proxy, or after a look at the address. It calls
   * back with a socket that is connected, and has done its TLS handshake. The options of the connections are then its own
   * to know. (undici `connect`, where that is a function) */
  readonly connector?: buildConnector.connector
  /** A Unix socket to which all connections lead, whatever their origin. (undici) */
  readonly socketPath?: string
  /** TLS sessions kept for resumption. Default 100; 0 switches resumption off. (undici) */
  readonly maxCachedSessions?: number
  /** ms until the head of an answer is complete, where the request does not say. Default 300 000. (undici) */
  readonly headersTimeout?: number
  /** ms between two parts of an answer's body, where the request does not say. Default 300 000. (undici) */
  readonly bodyTimeout?: number
  /** Bytes of an answer's head at most. Default: Node's `--max-http-header-size`. (undici) */
  readonly maxHeaderSize?: number
  /** Bytes of an answer's body at most. Default `Infinity`. (undici) */
  readonly maxResponseSize?: number
  /** A request whose body is not as long as its `content-length` fails; otherwise it is a process warning. Default true.
   * (undici) */
  readonly strictContentLength?: boolean
}

/** `DispatcherOptions`, checked, complete and sorted by whom they are for. */
export interface ResolvedDispatcherOptions {
  /** For `createKeyedPool`, which checks them. */
  readonly pool: Omit<KeyedPoolOptions<DispatchTarget, ClientConnection>, 'key' | 'adapter'>
  readonly createSocket: CreateSocketFor
  readonly protocol: ProtocolOptions & { readonly pipelining: number }
  readonly keepAliveMargin: number
  readonly resend: boolean
  /** No option asks that the pool hear of every single request. */
  readonly mayHandOver: boolean
  /** ms that a request waits for a connection. */
  readonly acquireTimeout: number
}

/** ms: undici's, below the 5 s after which Node's and Apache's servers close. */
const IDLE_TIMEOUT = 4_000

const unset = Number.POSITIVE_INFINITY

const own = {
  keepAliveMargin: duration(1_000, true),
  resend: flag(true),
  pipelining: count(1),
  connector: fn<buildConnector.connector>(() => {}),
  socketPath: text(),
  maxCachedSessions: natural(100),
  headersTimeout: duration(300_000),
  bodyTimeout: duration(300_000),
  maxHeaderSize: count(unset),
  maxResponseSize: natural(unset, true),
  strictContentLength: flag(true),
}

const connectionOptions: ReadonlySet<string> = new Set(
  [...tlsOptions, ...netOptions, 'servername'].filter((name) => name !== 'noDelay' && name !== 'ALPNProtocols'),
)

/** Options of undici's dispatchers, and what says the same here. */
const foreign: Readonly<Record<string, string>> = {
  allowH2: 'nothing: its connections speak HTTP/1.1; createHttp2Pool of @millpond/http/http2 is for HTTP/2',
  ALPNProtocols: 'nothing: its connections speak HTTP/1.1',
  clientTtl: 'lifetime.maxAge, for how long connections are used at all',
  connections: 'perKey, for the connections of one origin',
  connectTimeout: 'connect.timeout',
  factory: 'nothing: what a connection is, is the dispatcher’s to say; connector is for sockets of one’s own',
  interceptors: 'nothing: dispatcher.compose(…) is for interceptors',
  keepAliveMaxTimeout: 'idle.timeout: a server’s announcement shortens it and never lengthens it',
  keepAliveTimeout: 'idle.timeout, for how long idle connections are kept',
  keepAliveTimeoutThreshold: 'keepAliveMargin',
  maxOrigins: 'maxKeys, for the origins known at once',
  maxRequestsPerClient: 'lifetime.maxUses',
  noDelay: 'nothing: it is always on',
  tls: 'nothing: the options of TLS stand beside the others (ca, cert, key, …)',
}

/** Throws `InvalidOptionError`, but for the pool's own options, which `createKeyedPool` checks. */
export function resolveDispatcherOptions(given: DispatcherOptions = {}): ResolvedDispatcherOptions {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('options', given, 'an object')
  const connection: Record<string, unknown> = {}
  const pool: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    const instead = foreign[name]
    if (instead !== undefined) throw new InvalidOptionError(name, value, instead)
    if (name === 'connect' && typeof value === 'function') {
      throw new InvalidOptionError(name, value, 'an object with timeout, growth, …; connector is for a function')
    }
    if (value === undefined) continue
    if (name in own) rest[name] = value
    else (connectionOptions.has(name) ? connection : pool)[name] = value
  }
  const { connector, socketPath, maxCachedSessions, keepAliveMargin, resend, ...protocol } = readGroup('', rest, own)
  return {
    pool: { name: 'http dispatcher', perKey: unset, ...pool, idle: withIdleTimeout(given.idle) },
    createSocket:
      given.connector === undefined
        ? socketMaker(
            given.socketPath === undefined ? connection : { ...connection, path: socketPath },
            maxCachedSessions,
          )
        : foreignSocketMaker(connector),
    protocol: forClient(protocol),
    keepAliveMargin,
    resend,
    mayHandOver: protocol.pipelining === 1 && !countsLeases(given) && !ordersQueue(given),
    acquireTimeout: given.acquire?.timeout ?? 30_000,
  }
}

/** Counts of leases, and times of them, are those of requests. */
function countsLeases({ lifetime, total, lease, policies, stats, inspect }: DispatcherOptions): boolean {
  const isLimited = [lifetime?.maxUses, total].some((limit) => limit !== undefined && limit !== unset)
  return isLimited || stats === 'full' || [lease, policies, inspect].some((option) => option !== undefined)
}

type ProtocolPart = Pick<
  Required<DispatcherOptions>,
  'pipelining' | 'headersTimeout' | 'bodyTimeout' | 'maxHeaderSize' | 'maxResponseSize' | 'strictContentLength'
>

/** As undici's `Client` has them: 0 and -1 are what `Infinity` is here. */
function forClient({ headersTimeout, bodyTimeout, maxHeaderSize, maxResponseSize, ...rest }: ProtocolPart) {
  return {
    ...rest,
    headersTimeout: Number.isFinite(headersTimeout) ? Math.ceil(headersTimeout) : 0,
    bodyTimeout: Number.isFinite(bodyTimeout) ? Math.ceil(bodyTimeout) : 0,
    maxResponseSize: Number.isFinite(maxResponseSize) ? maxResponseSize : -1,
    ...(Number.isFinite(maxHeaderSize) ? { maxHeaderSize } : {}),
  }
}

/** Who is served, and when, is not only a matter of the order in which they came. */
function ordersQueue({ acquire }: DispatcherOptions): boolean {
  return Object.keys(acquire ?? {}).some((name) => name !== 'timeout')
}

/** What is no object is left to be refused. */
function withIdleTimeout(idle: DispatcherOptions['idle'] = {}): NonNullable<DispatcherOptions['idle']> {
  if (typeof idle !== 'object' || idle === null) return idle
  return { ...idle, timeout: idle.timeout ?? IDLE_TIMEOUT }
}
