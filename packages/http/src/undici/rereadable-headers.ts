import type { Dispatcher } from 'undici'

/** The same options, but for headers that can be read but once: a request may be given to one connection after the other,
 * and its headers are looked at for a server name. */
export function withRereadableHeaders(options: Dispatcher.DispatchOptions): Dispatcher.DispatchOptions {
  const { headers } = options
  if (headers === null || headers === undefined || typeof headers !== 'object' || Array.isArray(headers)) return options
  if (!(Symbol.iterator in headers) || headers instanceof Map || headers instanceof Set) return options
  return { ...options, headers: new Set(headers as Iterable<[string, string]>) }
}
