import net from 'node:net'
import type { Dispatcher } from 'undici'

type Headers = Dispatcher.DispatchOptions['headers']

/** The name for which a request's TLS connection must be made: as undici's `Client` reads it, since it drops a connection
 * that was made for another. `null` where the request leaves it to its origin. */
export function serverNameOf(options: Dispatcher.DispatchOptions): string | null {
  const { servername } = options as { servername?: unknown }
  if (typeof servername === 'string' && servername !== '') return servername
  const host = hostHeader(options.headers)
  if (typeof host !== 'string') return null
  const name = nameIn(host)
  return name === '' || net.isIP(name) !== 0 ? null : name
}

function hostHeader(headers: Headers): unknown {
  if (headers === null || headers === undefined || typeof headers !== 'object') return undefined
  if (Array.isArray(headers)) {
    for (let at = 0; at < headers.length; at += 2) if (isHost(headers[at])) return headers[at + 1]
    return undefined
  }
  for (const pair of Symbol.iterator in headers ? headers : Object.entries(headers)) {
    if (Array.isArray(pair) && isHost(pair[0])) return pair[1]
  }
  return undefined
}

function isHost(name: unknown): boolean {
  return typeof name === 'string' && name.length === 4 && name.toLowerCase() === 'host'
}

function nameIn(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'))
  const colon = host.indexOf(':')
  return colon === -1 ? host : host.slice(0, colon)
}
