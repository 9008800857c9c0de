import net from 'node:net'
import { type Clock, InvalidOptionError, systemClock } from '@millpond/core'

/** The server behind the proxy: a port of this machine, a host and a port, or a Unix socket. `host` defaults to
 * 127.0.0.1. */
export type ChaosTarget = number | { readonly host?: string; readonly port: number } | { readonly path: string }

export interface ChaosProxyOptions {
  readonly target: ChaosTarget
  /** Where it listens: a loopback address, and no other. Default '127.0.0.1'. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** Of the draws that decide who suffers from a toxic (`toxicity`), of jitter and of the sizes of slices: a whole number
   * of 32 bits. Default: drawn anew; it can be read from the proxy. */
  readonly seed?: number
  /** Where toxics take their time from. Default: the process's clock. With a virtual one, delays pass by its `advance`;
   * the sockets keep to real time. */
  readonly clock?: Clock
}

export interface ResolvedChaosOptions {
  readonly target: { readonly host: string; readonly port: number } | { readonly path: string }
  readonly host: string
  readonly port: number
  readonly seed: number
  readonly clock: Clock
}

const loopback = new net.BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const HIGHEST_PORT = 65_535

/** Throws `InvalidOptionError` for what is missing, unknown or out of range. */
export function resolveChaosOptions(options: ChaosProxyOptions): ResolvedChaosOptions {
  if (typeof options !== 'object' || options === null) throw new InvalidOptionError('options', options, '{ target }')
  const { target, host = '127.0.0.1', port = 0, seed = drawSeed(), clock = systemClock, ...unknown } = options
  refuse(unknown, '', 'target, host, port, seed, clock')
  if (!isLoopback(host)) throw new InvalidOptionError('host', host, "a loopback address, such as '127.0.0.1' or '::1'")
  if (!isPort(port, 0)) throw new InvalidOptionError('port', port, 'a port, 0 for a free one')
  if (!isSeed(seed)) throw new InvalidOptionError('seed', seed, 'a whole number from -2147483648 to 2147483647')
  return { target: resolveTarget(target), host, port, seed, clock: checkClock(clock) }
}

function resolveTarget(target: unknown): ResolvedChaosOptions['target'] {
  if (typeof target === 'number') return resolveTarget({ port: target })
  if (typeof target !== 'object' || target === null) {
    throw new InvalidOptionError('target', target, 'a port, { host, port } or { path }')
  }
  if ('path' in target) {
    const { path, ...unknown } = target
    refuse(unknown, 'target.', 'path')
    if (typeof path !== 'string' || path === '') throw new InvalidOptionError('target.path', path, 'a non-empty string')
    return { path }
  }
  const { host = '127.0.0.1', port, ...unknown } = target as { host?: unknown; port?: unknown }
  refuse(unknown, 'target.', 'host, port')
  if (typeof host !== 'string' || host === '') throw new InvalidOptionError('target.host', host, 'a name or an address')
  if (!isPort(port, 1)) throw new InvalidOptionError('target.port', port, `a port from 1 to ${HIGHEST_PORT}`)
  return { host, port }
}

function refuse(unknown: object, prefix: string, known: string): void {
  const [first] = Object.entries(unknown)
  if (first === undefined) return
  throw new InvalidOptionError(`${prefix}${first[0]}`, first[1], `no option of this name; there are ${known}`)
}

function isLoopback(host: unknown): host is string {
  return typeof host === 'string' && net.isIP(host) !== 0 && loopback.check(host, net.isIPv6(host) ? 'ipv6' : 'ipv4')
}

function isPort(port: unknown, least: number): port is number {
  return Number.isInteger(port) && (port as number) >= least && (port as number) <= HIGHEST_PORT
}

function isSeed(seed: unknown): seed is number {
  return typeof seed === 'number' && (seed | 0) === seed
}

function drawSeed(): number {
  return (Math.random() * 2 ** 32) | 0
}

function checkClock(clock: Clock): Clock {
  for (const method of ['now', 'setTimeout', 'clearTimeout'] as const) {
    if (typeof clock?.[method] !== 'function') {
      throw new InvalidOptionError(
        'clock',
        clock,
        `an object with now, setTimeout and clearTimeout (no ${method} here)`,
      )
    }
  }
  return clock
}
