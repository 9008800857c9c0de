import net from 'node:net'
import tls from 'node:tls'
import { InvalidOptionError } from '@millpond/core'

/**
 * Where the connections go: a host (a name, or an IPv4 or IPv6 address without brackets) and a port from 1 to 65535,
 * or the path of a Unix socket (on Windows, of a named pipe).
 */
export type TcpTarget = { readonly host: string; readonly port: number } | { readonly path: string }

/** The adapter's name: `tls` with TLS over whatever transport, else `tcp` or `unix` after the target. */
export type TcpKind = 'tcp' | 'tls' | 'unix'

export interface TcpOptions {
  /**
   * Default false. `true`: TLS with Node's defaults; an object: `tls.connect`'s options, without `host`, `port`,
   * `path` and `socket`, which the target decides.
   *
   * Certificates are verified unless `rejectUnauthorized: false` is written here; the environment's
   * `NODE_TLS_REJECT_UNAUTHORIZED` is not consulted. `servername` defaults to the host when that is a name. The
   * secure context is made once, when the adapter is: every connection shares it, and a bad key throws at once.
   */
  readonly tls?: boolean | tls.ConnectionOptions
  /**
   * Default on, with an `initialDelay` of 60 000 ms: how long the connection is silent before the kernel probes it.
   * From 1 000 to 32 767 000 ms; whole seconds count. 60 s is undici's, below the 4 minutes after which common NATs
   * and load balancers forget a flow; the kernel's own default of 2 hours is not. Without effect on Unix sockets.
   */
  readonly keepAlive?: boolean | { readonly initialDelay: number }
  /** Default true: small writes leave at once (no Nagle). Without effect on Unix sockets. */
  readonly noDelay?: boolean
}

/** `TcpOptions` and `TcpTarget`, checked and complete. */
export interface ResolvedTcpOptions {
  readonly kind: TcpKind
  /** The target as messages show it: `db.internal:5432`, `[::1]:5432`, `/run/db.sock`. */
  readonly address: string
  readonly transport: net.NetConnectOpts
  /** What `tls.connect` is given, transport included; undefined without TLS. */
  readonly tls: tls.ConnectionOptions | undefined
  /** In ms; undefined when off. */
  readonly keepAliveDelay: number | undefined
  readonly noDelay: boolean
}

const DEFAULT_KEEP_ALIVE_DELAY = 60_000
const MIN_KEEP_ALIVE_DELAY = 1_000
// Linux refuses a larger TCP_KEEPIDLE, and libuv does not say so.
const MAX_KEEP_ALIVE_DELAY = 32_767_000
const HOST = /^[^\s/@[\]]+$/
const DECIDED_BY_TARGET = ['host', 'port', 'path', 'socket'] as const

/** Throws `InvalidOptionError` for what is missing, unknown or out of range. */
export function resolveTcpOptions(target: TcpTarget, options: TcpOptions = {}): ResolvedTcpOptions {
  const transport = resolveTarget(target)
  refuseUnknown(options, '', ['tls', 'keepAlive', 'noDelay'])
  const tlsOptions = resolveTls(transport, options.tls ?? false)
  return {
    kind: tlsOptions ? 'tls' : 'path' in transport ? 'unix' : 'tcp',
    address: 'path' in transport ? transport.path : formatAddress(transport.host, transport.port),
    transport,
    tls: tlsOptions,
    keepAliveDelay: resolveKeepAlive(options.keepAlive ?? true),
    noDelay: resolveBoolean('noDelay', options.noDelay ?? true),
  }
}

function resolveTarget(target: TcpTarget): { host: string; port: number } | { path: string } {
  // Not the value itself, here and for the host: what is wrong may be a connection string with its password.
  if (!isRecord(target)) throw new InvalidOptionError('target', typeof target, '{ host, port } or { path }')
  if ('path' in target) {
    refuseUnknown(target, 'target.', ['path'])
    const { path } = target
    if (typeof path === 'string' && path !== '') return { path }
    throw new InvalidOptionError('target.path', path, 'a non-empty string')
  }
  refuseUnknown(target, 'target.', ['host', 'port'])
  const { host, port } = target
  if (typeof host !== 'string' || !HOST.test(host)) {
    const shown = typeof host === 'string' && host !== '' ? '[hidden]' : host
    throw new InvalidOptionError('target.host', shown, 'a name or an IP address, without scheme, brackets or port')
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidOptionError('target.port', port, 'an integer from 1 to 65535')
  }
  return { host, port }
}

function resolveBoolean(option: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidOptionError(option, value, 'true or false')
}

function resolveKeepAlive(value: boolean | { readonly initialDelay: number }): number | undefined {
  if (value === false) return undefined
  if (value === true) return DEFAULT_KEEP_ALIVE_DELAY
  if (!isRecord(value)) throw new InvalidOptionError('keepAlive', value, 'true, false or { initialDelay }')
  refuseUnknown(value, 'keepAlive.', ['initialDelay'])
  const { initialDelay } = value
  if (Number.isFinite(initialDelay) && initialDelay >= MIN_KEEP_ALIVE_DELAY && initialDelay <= MAX_KEEP_ALIVE_DELAY) {
    return initialDelay
  }
  throw new InvalidOptionError(
    'keepAlive.initialDelay',
    initialDelay,
    `a number of ms from ${MIN_KEEP_ALIVE_DELAY} to ${MAX_KEEP_ALIVE_DELAY}`,
  )
}

function resolveTls(
  transport: { host: string; port: number } | { path: string },
  value: boolean | tls.ConnectionOptions,
): tls.ConnectionOptions | undefined {
  if (value === false) return undefined
  // Not the value itself: a key given in the wrong place must not end in a log.
  if (value !== true && !isRecord(value)) {
    throw new InvalidOptionError('tls', typeof value, "true, false or an object of tls.connect's options")
  }
  const given = value === true ? {} : withoutUndefined(value)
  for (const option of DECIDED_BY_TARGET) {
    if (option in given) throw new InvalidOptionError(`tls.${option}`, '[given]', 'nothing: the target decides it')
  }
  return {
    ...serverName(transport),
    rejectUnauthorized: true,
    ...given,
    ...transport,
    secureContext: given.secureContext ?? createContext(given),
  }
}

function createContext(options: tls.ConnectionOptions): tls.SecureContext {
  try {
    return tls.createSecureContext(options)
  } catch (error) {
    // Neither Node's message nor the error as cause: "Received type number (1234)" may be a passphrase.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
    throw new InvalidOptionError('tls', '[hidden]', `what tls.createSecureContext takes; it refused with ${code}`)
  }
}

/** SNI carries names only, without the trailing dot of a fully qualified one (RFC 6066, section 3). */
function serverName(transport: { host: string } | { path: string }): { servername?: string } {
  if ('path' in transport || net.isIP(transport.host) !== 0) return {}
  return { servername: transport.host.replace(/\.$/, '') }
}

/** `tls.connect` spreads its options over its defaults, so an explicit undefined would remove one. */
function withoutUndefined(options: tls.ConnectionOptions): tls.ConnectionOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function refuseUnknown(options: object, prefix: string, known: readonly string[]): void {
  if (!isRecord(options)) throw new InvalidOptionError('options', options, 'an object')
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new InvalidOptionError(`${prefix}${key}`, '[given]', `no such option; known are ${known.join(', ')}`)
    }
  }
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function formatAddress(host: string, port: number): string {
  return net.isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}
