import type tls from 'node:tls'
import { type Clock, InvalidOptionError, systemClock } from '@millpond/core'
import { type DnsOptions, type ResolvedDns, resolveDns } from './dns/dns-options.js'
import { isRecord, refuseUnknown } from './refuse-unknown.js'
import { formatAddress, resolveTarget, type TcpTarget, type Transport } from './tcp-target.js'
import { type ResolvedTimeouts, resolveTimeouts, type TcpTimeouts } from './timeouts/timeout-options.js'
import { type TlsProfile, tlsProfiles } from './tls-profile.js'

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
   *
   * A function is asked at every open, since certificates are renewed while a process runs: let it give what was read
   * last, and `flush()` the pool when that has changed, so that every connection is made anew with it. While it gives
   * the same values, the secure context is kept. A bad key then fails the open. (nginx and Envoy reload certificates
   * so, without a restart)
   *
   * The last session of a verified peer is resumed by the next connection with the same options, which saves a round
   * trip in TLS 1.2 and the certificates in both; never by one with other options, whose client certificate the old
   * session would hide.
   */
  readonly tls?: boolean | tls.ConnectionOptions | (() => tls.ConnectionOptions)
  /**
   * Default on, with an `initialDelay` of 60 000 ms: how long the connection is silent before the kernel probes it.
   * From 1 000 to 32 767 000 ms; whole seconds count. 60 s is undici's, below the 4 minutes after which common NATs
   * and load balancers forget a flow; the kernel's own default of 2 hours is not. Without effect on Unix sockets.
   */
  readonly keepAlive?: boolean | { readonly initialDelay: number }
  /** Default true: small writes leave at once (no Nagle). Without effect on Unix sockets. */
  readonly noDelay?: boolean
  /** How long a borrower waits for the peer. Default: for ever. */
  readonly timeouts?: TcpTimeouts
  /**
   * Remembers the addresses of the host's name, follows their changes and spreads new connections over them. Default
   * off: every open asks the system. Without effect where the target is an address or a path.
   */
  readonly dns?: DnsOptions
  /**
   * Default true: where a name has several addresses, they are tried in turn, IPv6 and IPv4 alternating, until one
   * accepts (Happy Eyeballs, RFC 8305, section 5). `false` tries the first only. Said on every connect, whatever
   * `net.setDefaultAutoSelectFamily` and Node's command line say. (Node's option of the same name)
   */
  readonly autoSelectFamily?: boolean
  /**
   * Default 250: ms that an address is given to accept before the next is tried, at least 10; the last has until the
   * open is given up. Node does not let attempts overlap, as RFC 8305 has it: raise it above the slowest round trip
   * where a far away host has more than one address. (RFC 8305's Connection Attempt Delay; Node's option of the same
   * name)
   */
  readonly autoSelectFamilyAttemptTimeout?: number
  /** Where the time of `timeouts` and `dns` comes from: the one given to the pool. Default: the process's. */
  readonly clock?: Clock
}

/** `TcpOptions` and `TcpTarget`, checked and complete. */
export interface ResolvedTcpOptions {
  readonly kind: TcpKind
  /** The target as messages show it: `db.internal:5432`, `[::1]:5432`, `/run/db.sock`. */
  readonly address: string
  readonly transport: Transport
  /** Gives what the next connection is made with; undefined without TLS. */
  readonly tls: (() => TlsProfile) | undefined
  /** In ms; undefined when off. */
  readonly keepAliveDelay: number | undefined
  readonly noDelay: boolean
  readonly timeouts: ResolvedTimeouts
  readonly dns: ResolvedDns | undefined
  readonly autoSelectFamily: boolean
  /** In ms. */
  readonly attemptTimeout: number
  readonly clock: Clock
}

/** Every name of `TcpOptions`. */
export const tcpOptionNames = [
  'tls',
  'keepAlive',
  'noDelay',
  'timeouts',
  'dns',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'clock',
] as const satisfies readonly (keyof TcpOptions)[]

const DEFAULT_KEEP_ALIVE_DELAY = 60_000
const MIN_KEEP_ALIVE_DELAY = 1_000
// Linux refuses a larger TCP_KEEPIDLE, and libuv does not say so.
const MAX_KEEP_ALIVE_DELAY = 32_767_000
const DEFAULT_ATTEMPT_TIMEOUT = 250
// Node raises anything less to it.
const MIN_ATTEMPT_TIMEOUT = 10
const MAX_ATTEMPT_TIMEOUT = 2 ** 31 - 1

/** Throws `InvalidOptionError` for what is missing, unknown or out of range. */
export function resolveTcpOptions(target: TcpTarget, options: TcpOptions = {}): ResolvedTcpOptions {
  const transport = resolveTarget(target)
  refuseUnknown('', options, tcpOptionNames)
  const profiles = tlsProfiles(transport, options.tls ?? false)
  return {
    kind: profiles ? 'tls' : 'path' in transport ? 'unix' : 'tcp',
    address: 'path' in transport ? transport.path : formatAddress(transport.host, transport.port),
    transport,
    tls: profiles,
    keepAliveDelay: resolveKeepAlive(options.keepAlive ?? true),
    noDelay: resolveBoolean('noDelay', options.noDelay ?? true),
    timeouts: resolveTimeouts(options.timeouts),
    dns: resolveDns(options.dns, options.tls),
    autoSelectFamily: resolveBoolean('autoSelectFamily', options.autoSelectFamily ?? true),
    attemptTimeout: resolveAttemptTimeout(options.autoSelectFamilyAttemptTimeout ?? DEFAULT_ATTEMPT_TIMEOUT),
    clock: resolveClock(options.clock ?? systemClock),
  }
}

function resolveBoolean(option: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidOptionError(option, value, 'true or false')
}

function resolveKeepAlive(value: boolean | { readonly initialDelay: number }): number | undefined {
  if (value === false) return undefined
  if (value === true) return DEFAULT_KEEP_ALIVE_DELAY
  if (!isRecord(value)) throw new InvalidOptionError('keepAlive', value, 'true, false or { initialDelay }')
  refuseUnknown('keepAlive', value, ['initialDelay'])
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

function resolveAttemptTimeout(ms: number): number {
  if (Number.isFinite(ms) && ms >= MIN_ATTEMPT_TIMEOUT && ms <= MAX_ATTEMPT_TIMEOUT) return ms
  throw new InvalidOptionError(
    'autoSelectFamilyAttemptTimeout',
    ms,
    `a number of ms from ${MIN_ATTEMPT_TIMEOUT} to ${MAX_ATTEMPT_TIMEOUT}`,
  )
}

function resolveClock(clock: Clock): Clock {
  const isClock = [clock?.now, clock?.setTimeout, clock?.clearTimeout].every((method) => typeof method === 'function')
  if (isClock) return clock
  throw new InvalidOptionError('clock', clock, 'an object with now, setTimeout and clearTimeout')
}
