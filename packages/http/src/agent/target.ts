import net from 'node:net'
import tls from 'node:tls'
import {
  type ConnectionOptions,
  type CreateOptions,
  netOptions,
  type RequestTarget,
  tlsOptions,
} from './connection-options.js'
import { formatOrigin } from './origin.js'

/** ms of silence before the kernel probes the far end: below the 4 minutes after which common NATs forget a flow. */
const KEEP_ALIVE_DELAY = 60_000

/** Where a request's connection leads: requests with the same key may share connections. */
export class Target {
  readonly key: string
  readonly secure: boolean
  readonly host: string
  readonly port: number
  /** As `flush` and `stats` name it: `https://example.org:443`. */
  readonly origin: string
  /** In `sockets`, `freeSockets` and `requests`, in the form of Node's `getName`. */
  readonly name: string
  readonly #options: CreateOptions
  #secureContext: tls.SecureContext | undefined
  /** The port as plain requests name it. */
  plainPort: RequestTarget['port'] = undefined
  /** Connections, opens and waiting requests. */
  holders = 0
  /** Waiting requests. */
  queued = 0

  constructor(key: string, name: string, secure: boolean, request: RequestTarget, ofAgent: ConnectionOptions) {
    this.key = key
    this.name = name
    this.secure = secure
    this.host = request.host || 'localhost'
    this.port = Number(request.port)
    this.origin = formatOrigin(secure, this.host, this.port)
    this.#options = {
      noDelay: true,
      ...pick(request, netOptions),
      ...(secure ? pick(request, tlsOptions) : {}),
      ...ofAgent,
      ...(secure && request.servername !== undefined ? { servername: request.servername } : {}),
      protocol: secure ? 'https:' : 'http:',
      host: this.host,
      port: this.port,
      ...(request.socketPath ? { path: request.socketPath } : {}),
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY,
      _agentKey: key,
    }
  }

  /** In messages. */
  get address(): string {
    return this.#options.path ?? (net.isIPv6(this.host) ? `[${this.host}]:${this.port}` : `${this.host}:${this.port}`)
  }

  /** For `createConnection`. Throws what `tls.createSecureContext` throws for a bad key or certificate. */
  createOptions(): CreateOptions {
    if (!this.secure) return { ...this.#options }
    // Made once: parsing certificates costs milliseconds.
    this.#secureContext ??=
      this.#options.secureContext ?? tls.createSecureContext(this.#options as tls.SecureContextOptions)
    return { ...this.#options, secureContext: this.#secureContext }
  }
}

function pick(from: object, names: readonly string[]): object {
  const given = from as Record<string, unknown>
  return Object.fromEntries(
    names.filter((name) => given[name] !== undefined && given[name] !== null).map((name) => [name, given[name]]),
  )
}
