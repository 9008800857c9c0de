import { InvalidOptionError, type KeyedPoolOptions } from '@millpond/core'
import { count, duration, object, readGroup } from '@millpond/core/kit'
import type { ClientOptions, RawData, WebSocket } from 'ws'
import type { PingLimits } from '../http2/silence-watch.js'
import { splitOptions, type TransportOptions } from '../http2/transport.js'

type PoolPart = Omit<KeyedPoolOptions<string | URL, WebSocket>, 'key' | 'adapter'>

/** By name, for the upgrade. */
export type WsHeaders = Readonly<Record<string, string | readonly string[]>>

/** What `new WebSocket` of `ws` takes beside what the pool decides. */
export type WsClientOptions = Pick<
  ClientOptions,
  'perMessageDeflate' | 'maxPayload' | 'skipUTF8Validation' | 'origin' | 'allowSynchronousEvents' | 'autoPong'
>

/**
 * The options of `createWsPool`: those of a keyed pool, with a key for each URL; those of TLS, as in `https.Agent`; those
 * of sockets, as in `tcp` of @millpond/tcp. All durations are ms.
 */
export interface WsPoolOptions extends PoolPart, TransportOptions {
  /** Leases at once on one connection. Default 1. Raise it where messages say which exchange they belong to, so that
   * borrowers tell theirs apart. */
  readonly concurrency?: number
  /** Subprotocols to offer, the best first; a peer that chooses none of them is refused. Default: none. */
  readonly protocols?: string | readonly string[]
  /** For the upgrade, or a function that gives them, asked at each open: tokens are renewed while a process runs.
   * Default: none. */
  readonly headers?: WsHeaders | ((url: URL) => WsHeaders | Promise<WsHeaders>)
  /** The upgrade, from the connected socket to its answer. */
  readonly handshake?: {
    /** ms. Default `Infinity`: `connect.timeout` holds, for all of an open. (ws `handshakeTimeout`) */
    readonly timeout?: number
  }
  /** What is to be done with an open connection before it is lent for the first time: read a greeting, log in. When it
   * rejects, the open has failed. Listeners that it leaves stay. Default: nothing. */
  readonly prepare?: (webSocket: WebSocket, context: { readonly signal: AbortSignal }) => Promise<void> | void
  /** Told of a message that comes while nobody has the connection. Unless it returns 'keep', the connection is retired:
   * the next borrower might take what follows for its own answer. Default: the connection is retired. */
  readonly onIdleMessage?: (data: RawData, isBinary: boolean, webSocket: WebSocket) => unknown
  /** A connection in use from which nothing comes is asked by ping, and lost when it does not answer. */
  readonly ping?: {
    /** ms of silence until it is asked. Default 30 000; `Infinity` switches it off. */
    readonly every?: number
    /** ms to answer. Default 15 000. */
    readonly timeout?: number
  }
  /** For `new WebSocket`: `perMessageDeflate`, `maxPayload`, … Default: what `ws` has. */
  readonly ws?: WsClientOptions
}

/** `WsPoolOptions`, checked and sorted by whom they are for. */
export interface ResolvedWsOptions {
  /** For `createKeyedPool`, which checks them. */
  readonly pool: PoolPart
  readonly transport: Pick<ReturnType<typeof splitOptions>, 'ofTls' | 'ofSocket'>
  readonly concurrency: number
  readonly protocols: readonly string[]
  readonly headers: (url: URL) => WsHeaders | Promise<WsHeaders>
  readonly handshakeTimeout: number
  readonly prepare: WsPoolOptions['prepare']
  readonly onIdleMessage: WsPoolOptions['onIdleMessage']
  readonly ping: PingLimits
  readonly client: WsClientOptions
}

/** ms: one that was used more recently than this is lent without a ping, which costs a round trip. */
const CHECK_AFTER = 10_000

const clientNames = [
  'perMessageDeflate',
  'maxPayload',
  'skipUTF8Validation',
  'origin',
  'allowSynchronousEvents',
  'autoPong',
]

/** Throws `InvalidOptionError`, but for the pool's own options, which `createKeyedPool` checks. */
export function resolveWsOptions(given: WsPoolOptions = {}): ResolvedWsOptions {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('options', given, 'an object')
  const { concurrency, protocols, headers, handshake, prepare, onIdleMessage, ping, ws, ...rest } = given
  const { others, ...transport } = splitOptions(rest)
  if ('adapter' in others) throw new InvalidOptionError('adapter', '[given]', 'nothing: a WebSocket pool has its own')
  const own = readGroup('', { concurrency, ws }, { concurrency: count(1, true), ws: object<WsClientOptions>({}) })
  return {
    pool: { name: 'ws', ...others, health: withAfter(given.health) },
    transport,
    concurrency: own.concurrency,
    protocols: readProtocols(protocols),
    headers: readHeaders(headers),
    handshakeTimeout: readGroup('handshake', handshake, { timeout: duration(Number.POSITIVE_INFINITY) }).timeout,
    prepare: readFunction('prepare', prepare),
    onIdleMessage: readFunction('onIdleMessage', onIdleMessage),
    ping: readGroup('ping', ping, { every: duration(30_000), timeout: duration(15_000) }),
    client: readClient(own.ws),
  }
}

/** What is no object is left to be refused. */
function withAfter(health: PoolPart['health'] = {}): NonNullable<PoolPart['health']> {
  if (typeof health !== 'object' || health === null) return health
  return { ...health, after: health.after ?? CHECK_AFTER }
}

/** RFC 9110's token, as in RFC 6455, section 4.1. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

function readProtocols(given: unknown = []): readonly string[] {
  const list: unknown[] = Array.isArray(given) ? given : [given]
  const isSound = list.every((one) => typeof one === 'string' && token.test(one)) && new Set(list).size === list.length
  if (isSound) return list as string[]
  throw new InvalidOptionError('protocols', given, 'names of subprotocols, each once')
}

function readHeaders(given: WsPoolOptions['headers'] = {}): ResolvedWsOptions['headers'] {
  if (typeof given === 'function') return given
  // Not the value itself, which may be a credential in the wrong place.
  if (typeof given !== 'object' || given === null) {
    throw new InvalidOptionError('headers', typeof given, 'an object of headers by name, or a function that gives one')
  }
  return () => given
}

function readFunction<F>(option: string, given: F | undefined): F | undefined {
  if (given === undefined || typeof given === 'function') return given
  throw new InvalidOptionError(option, given, 'a function')
}

function readClient(given: WsClientOptions): WsClientOptions {
  for (const name of Object.keys(given)) {
    if (clientNames.includes(name)) continue
    throw new InvalidOptionError(`ws.${name}`, '[given]', `no such option; known are ${clientNames.join(', ')}`)
  }
  return given
}
