import type net from 'node:net'
import tls from 'node:tls'
import { type Adapter, type Clock, InvalidOptionError, type OpenContext, type WatchSignals } from '@millpond/core'
import { type TcpOptions, tcp } from '@millpond/tcp'
import { type ConnectionOptions, type netOptions, tlsOptions } from '../agent/connection-options.js'

/** With whom a TLS connection speaks and as whom, as in `https.Agent`: `ca`, `cert`, `key`, `servername`,
 * `rejectUnauthorized`, … Certificates are verified unless `rejectUnauthorized: false` is written here. */
export type TlsOptions = Omit<ConnectionOptions, (typeof netOptions)[number] | 'ALPNProtocols'>

/** How sockets are opened: TLS as in `createAgent`, the rest as in `tcp` of @millpond/tcp, which has the defaults. */
export interface TransportOptions
  extends TlsOptions,
    Pick<TcpOptions, 'keepAlive' | 'noDelay' | 'dns' | 'autoSelectFamily' | 'autoSelectFamilyAttemptTimeout'> {}

const tlsNames: ReadonlySet<string> = new Set([...tlsOptions, 'servername'])
const socketNames: ReadonlySet<string> = new Set([
  'keepAlive',
  'noDelay',
  'dns',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
] satisfies (keyof TcpOptions)[])

/** Where a socket leads. */
export interface Place {
  readonly secure: boolean
  readonly host: string
  readonly port: number
}

/** Opens the sockets to one place. */
export interface Transport {
  /** As an adapter's. */
  open(ctx: OpenContext): Promise<net.Socket>
  /** With the option `dns`: has the connection retired when its name no longer leads to its address. */
  readonly follow: ((socket: net.Socket, signals: WatchSignals) => () => void) | undefined
}

/** Opens the sockets of one pool. Those without TLS options of their own share one secure context. */
export class Transports {
  readonly #tls: TlsOptions
  readonly #socket: TcpOptions
  #context: tls.SecureContext | undefined

  /** Throws `InvalidOptionError`. */
  constructor({ ofTls, ofSocket }: { ofTls: TlsOptions; ofSocket: TcpOptions }, clock: Clock | undefined) {
    if ('ALPNProtocols' in ofTls) {
      throw new InvalidOptionError('ALPNProtocols', '[given]', 'nothing: the pool knows which protocols it speaks')
    }
    this.#tls = ofTls
    this.#socket = { ...ofSocket, ...(clock && { clock }) }
    // What is wrong with them is said now, not at the first acquire.
    const nowhere = { host: 'localhost', port: 1 }
    tcp(nowhere, Object.keys(ofTls).length > 0 ? { ...this.#socket, tls: { ...ofTls } } : this.#socket)
  }

  /** `protocols` are offered by ALPN, the best first; `own` TLS options come before the pool's. Throws
   * `InvalidOptionError`. */
  to(place: Place, protocols: readonly string[], own?: TlsOptions): Transport {
    const adapter = this.#adapter(place, protocols, own)
    return {
      open: async (ctx) => adapter.open(ctx),
      // What else is heard of the socket, what is spoken on it tells better.
      follow:
        this.#socket.dns && ((socket, signals) => adapter.watch?.(socket, { ...signals, lost: ignore }) ?? ignore),
    }
  }

  #adapter(
    { secure, host, port }: Place,
    protocols: readonly string[],
    own: TlsOptions | undefined,
  ): Adapter<net.Socket> {
    if (!secure) return tcp({ host, port }, this.#socket)
    const shared = own ?? { secureContext: this.#sharedContext() }
    return tcp({ host, port }, { ...this.#socket, tls: { ...this.#tls, ...shared, ALPNProtocols: [...protocols] } })
  }

  /** It holds the authorities of the system: not before it is used, and not for each origin. */
  #sharedContext(): tls.SecureContext {
    this.#context ??= this.#tls.secureContext ?? tls.createSecureContext(this.#tls)
    return this.#context
  }
}

/** Sorts options by whom they are for; undefined ones are as if left out. */
export function splitOptions(given: object): {
  readonly ofTls: TlsOptions
  readonly ofSocket: TcpOptions
  readonly others: Record<string, unknown>
} {
  const ofTls: Record<string, unknown> = {}
  const ofSocket: Record<string, unknown> = {}
  const others: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    const part = tlsNames.has(name) ? ofTls : socketNames.has(name) ? ofSocket : others
    part[name] = value
  }
  return { ofTls, ofSocket, others }
}

/** Throws `InvalidOptionError` for anything but an object of TLS options. */
export function checkTls(option: string, value: unknown): TlsOptions {
  if (typeof value !== 'object' || value === null) {
    throw new InvalidOptionError(option, typeof value, "an object of tls.connect's options")
  }
  for (const name of Object.keys(value)) {
    if (tlsNames.has(name) && name !== 'ALPNProtocols') continue
    // Not its value, which may be a secret under a misspelt name.
    throw new InvalidOptionError(
      `${option}.${name}`,
      '[given]',
      `no such option; known are ${[...tlsNames].join(', ')}`,
    )
  }
  return value
}

/** Stops both. */
export function bothOf(stop: () => void, other: (() => void) | undefined): () => void {
  if (other === undefined) return stop
  return () => {
    stop()
    other()
  }
}

function ignore(): void {}
