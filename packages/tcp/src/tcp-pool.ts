import type net from 'node:net'
import { createKeyedPool, InvalidOptionError, type KeyedPool, type KeyedPoolOptions } from '@millpond/core'
import { isRecord, refuseUnknown } from './refuse-unknown.js'
import { tcp } from './tcp-adapter.js'
import { resolveTcpOptions, type TcpOptions, tcpOptionNames } from './tcp-options.js'
import { formatAddress, resolveEndpoint } from './tcp-target.js'
import { createContext } from './tls-profile.js'

/** A destination of a TCP pool: connections are shared by those that ask for the same host, port and scheme. */
export interface TcpPoolTarget {
  /** A name, or an IPv4 or IPv6 address without brackets; the case of letters does not matter. */
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
  /** With TLS or without. Default: with, when the pool's `tls` is given and not false. With `true` and no such option,
   * Node's defaults hold. */
  readonly tls?: boolean
}

/** The options of a keyed pool, but for `key` and `adapter`, and those of its sockets. `clock` is for both. */
export type TcpPoolOptions = Omit<KeyedPoolOptions<TcpPoolTarget, net.Socket>, 'key' | 'adapter'> & TcpOptions

/**
 * A pool of sockets for each (scheme, host, port), made when it is first asked for. `perKey` limits the connections
 * to one of them (default 10), `total` all; `flush(target)` begins a new generation of one, `close()` ends all.
 *
 * Throws `InvalidOptionError` for bad options; for a bad target `acquire` and `use` reject with it, and the others
 * throw it.
 *
 * ```ts
 * const pool = createTcpPool({ perKey: 4, timeouts: { read: 5_000 } })
 * await pool.use({ host: 'cache.internal', port: 11211 }, (socket) => version(socket))
 * ```
 */
export function createTcpPool(options: TcpPoolOptions = {}): KeyedPool<TcpPoolTarget, net.Socket> {
  if (!isRecord(options)) throw new InvalidOptionError('options', options, 'an object')
  for (const option of ['key', 'adapter']) {
    if (option in options) throw new InvalidOptionError(option, '[given]', 'nothing: a TCP pool has its own')
  }
  const { ofSockets, ofPool } = split(options)
  // What is wrong with them is said now, not at the first acquire.
  resolveTcpOptions({ host: 'localhost', port: 1 }, ofSockets)
  const isTls = Boolean(options.tls)
  const hasTls = (target: TcpPoolTarget) => target.tls ?? isTls
  // Not before it is used: it holds the authorities of the system.
  let tls: TcpOptions['tls']
  const tlsOptions = () => {
    tls ??= sharingContext(options.tls || true)
    return tls
  }
  return createKeyedPool<TcpPoolTarget, net.Socket>({
    name: 'tcp',
    ...ofPool,
    key(target) {
      const { host, port } = checked(target)
      return `${hasTls(target) ? 'tls' : 'tcp'}://${formatAddress(host.toLowerCase(), port)}`
    },
    adapter: (target) => {
      const { host, port } = target
      return tcp({ host, port }, { ...ofSockets, tls: hasTls(target) && tlsOptions() })
    },
  })
}

/** The keys and authorities are the same for all hosts; so their context is made once. */
function sharingContext(tls: NonNullable<TcpOptions['tls']>): NonNullable<TcpOptions['tls']> {
  if (typeof tls === 'function') return tls
  const options = typeof tls === 'object' ? tls : {}
  return { ...options, secureContext: options.secureContext ?? createContext(options) }
}

type OwnOptions = Omit<TcpPoolOptions, Exclude<keyof TcpOptions, 'clock'>>

function split(options: TcpPoolOptions): { ofSockets: TcpOptions; ofPool: OwnOptions } {
  const isOfSockets = ([name]: [string, unknown]) => (tcpOptionNames as readonly string[]).includes(name)
  const entries = Object.entries(options)
  return {
    ofSockets: Object.fromEntries(entries.filter(isOfSockets)),
    ofPool: Object.fromEntries(entries.filter((entry) => entry[0] === 'clock' || !isOfSockets(entry))),
  }
}

function checked(target: TcpPoolTarget): TcpPoolTarget {
  // Not the value itself: what is wrong may be a connection string with its password.
  if (!isRecord(target)) throw new InvalidOptionError('target', typeof target, '{ host, port, tls? }')
  refuseUnknown('target', target, ['host', 'port', 'tls'])
  const { tls } = target
  if (tls !== undefined && typeof tls !== 'boolean') {
    throw new InvalidOptionError('target.tls', typeof tls, 'true or false; what TLS is made with, the pool is given')
  }
  resolveEndpoint(target)
  return target
}
