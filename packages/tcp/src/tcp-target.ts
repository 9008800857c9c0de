import net from 'node:net'
import { InvalidOptionError } from '@millpond/core'
import { isRecord, refuseUnknown } from './refuse-unknown.js'

/**
 * Where the connections go: a host (a name, or an IPv4 or IPv6 address without brackets) and a port from 1 to 65535,
 * or the path of a Unix socket (on Windows, of a named pipe).
 */
export type TcpTarget = { readonly host: string; readonly port: number } | { readonly path: string }

interface Endpoint {
  readonly host: string
  readonly port: number
}

/** A `TcpTarget`, checked: what `net.connect` takes. */
export type Transport = Endpoint | { readonly path: string }

const HOST = /^[^\s/@[\]]+$/

/** Throws `InvalidOptionError`. */
export function resolveTarget(target: TcpTarget): Transport {
  // Not the value itself, here and for some hosts: what is wrong may be a connection string with its password.
  if (!isRecord(target)) throw new InvalidOptionError('target', typeof target, '{ host, port } or { path }')
  if ('path' in target) {
    refuseUnknown('target', target, ['path'])
    const { path } = target
    if (typeof path === 'string' && path !== '') return { path }
    throw new InvalidOptionError('target.path', path, 'a non-empty string')
  }
  refuseUnknown('target', target, ['host', 'port'])
  return resolveEndpoint(target)
}

/** Of a target that is one: its host and its port. Throws `InvalidOptionError`. */
export function resolveEndpoint({ host, port }: Endpoint): Endpoint {
  if (typeof host !== 'string' || !HOST.test(host) || (host.includes(':') && !net.isIPv6(host))) {
    const shown = typeof host === 'string' && /[@=]/.test(host) ? '[hidden]' : host
    throw new InvalidOptionError('target.host', shown, 'a name or an IP address, without scheme, brackets or port')
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidOptionError('target.port', port, 'an integer from 1 to 65535')
  }
  return { host, port }
}

/** `db.internal:5432`, `[::1]:5432`. Only IPv6 addresses have colons. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
