import http from 'node:http'
import { sensitiveHeaders } from 'node:http2'
import { Readable } from 'node:stream'
import { InvalidOptionError } from '@millpond/core'

type HeaderValue = number | string | readonly string[] | undefined

/** What a request sends after its head. A function gives it anew each time the request is sent. */
export type RequestBody = string | Uint8Array | Readable | AsyncIterable<unknown> | Iterable<unknown>

/** What a request may say beside where it goes. */
export interface Http2RequestInit {
  /** Default GET; sent in upper case, as Node does. CONNECT is refused: acquire a session for it. */
  readonly method?: string
  /** By name, or what `Headers` is: pairs. `Host` decides `:authority`; those of HTTP/1.1's connections are left out. */
  readonly headers?: Readonly<Record<string, HeaderValue>> | Iterable<readonly [string, string]>
  /** A text or bytes, or what is streamed. What is streamed is gone once it was begun: where a refused request is to be
   * sent again with it, give a function. Default: none. */
  readonly body?: RequestBody | (() => RequestBody)
  /** Gives up when aborted, at any time until the answer's body has ended. */
  readonly signal?: AbortSignal
  /** ms until the answer begins, whatever it waits for before. Default: as long as the pool's `acquire.timeout` for a
   * session, then as long as it takes. */
  readonly timeout?: number
  /** As in `acquire`. */
  readonly priority?: number
  /** As in `acquire`. */
  readonly client?: string
}

/** A request's body: none, bytes that are sent as often as it takes, or a stream that is made or taken once. */
export interface Body {
  readonly bytes: string | Uint8Array | undefined
  /** Undefined where there is none, or where it was taken already. */
  stream(): Readable | undefined
  readonly isStreamed: boolean
  /** Whether it can be sent now. */
  readonly isThere: boolean
}

/** `Http2RequestInit`, checked and complete. */
export interface Asked {
  readonly method: string
  readonly path: string
  /** By lower-case name; without those that HTTP/2 forbids. */
  readonly headers: Record<string | symbol, unknown>
  readonly body: Body
  readonly signal: AbortSignal | undefined
  readonly timeout: number
  readonly priority: number | undefined
  readonly client: string | undefined
}

const known = ['method', 'headers', 'body', 'signal', 'timeout', 'priority', 'client']

/** RFC 9113, section 8.2.2: they are of a connection of HTTP/1.1, and make a request of HTTP/2 malformed. */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

const NO_BODY: Body = { bytes: undefined, stream: () => undefined, isStreamed: false, isThere: true }

/** Throws `InvalidOptionError`, and for a bad header Node's own error of HTTP/1.1. */
export function readRequest(url: URL, init: Http2RequestInit): Asked {
  if (typeof init !== 'object' || init === null) throw new InvalidOptionError('request', init, 'an object')
  for (const name in init) {
    if (known.includes(name)) continue
    throw new InvalidOptionError(
      `request.${name}`,
      (init as Record<string, unknown>)[name],
      `no such option; known are ${known.join(', ')}`,
    )
  }
  const { timeout = Number.POSITIVE_INFINITY, signal, priority, client } = init
  if (typeof timeout !== 'number' || !(timeout > 0)) {
    throw new InvalidOptionError(
      'request.timeout',
      timeout,
      'milliseconds as a number above 0; Infinity switches it off',
    )
  }
  if (signal !== undefined && typeof (signal as AbortSignal | null)?.addEventListener !== 'function') {
    throw new InvalidOptionError('request.signal', signal, 'an AbortSignal')
  }
  const method = readMethod(init.method)
  const body = readBody(init.body)
  const headers = readHeaders(init.headers)
  if (headers.authorization === undefined && url.username !== '') headers.authorization = basic(url)
  const length = lengthOf(body)
  if (length !== undefined && headers['content-length'] === undefined) headers['content-length'] = length
  return { method, path: url.pathname + url.search, headers, body, signal, timeout, priority, client }
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

function readMethod(method: unknown = 'GET'): string {
  if (method === 'GET') return method
  if (typeof method !== 'string' || !token.test(method)) {
    throw new InvalidOptionError('request.method', method, 'a method of HTTP')
  }
  const upper = method.toUpperCase()
  if (upper !== 'CONNECT') return upper
  throw new InvalidOptionError('request.method', method, 'any but CONNECT, for which a session is acquired')
}

function readHeaders(given: Http2RequestInit['headers']): Asked['headers'] {
  const headers: Asked['headers'] = Object.create(null)
  if (given === undefined) return headers
  if (typeof given !== 'object' || given === null) {
    throw new InvalidOptionError('request.headers', typeof given, 'an object of headers by name, or pairs')
  }
  const pairs = Symbol.iterator in given ? given : Object.entries(given)
  for (const [name, value] of pairs) {
    if (value === undefined) continue
    http.validateHeaderName(name)
    for (const one of Array.isArray(value) ? value : [value]) http.validateHeaderValue(name, one as string)
    const lower = name.toLowerCase()
    if (!ofConnection.has(lower)) headers[lower] = merge(lower, headers[lower], value)
  }
  if (headers.te !== 'trailers') delete headers.te
  const sensitive = (given as Record<symbol, unknown>)[sensitiveHeaders]
  if (sensitive !== undefined) headers[sensitiveHeaders] = sensitive
  return headers
}

/** `Headers` gives each cookie for itself, and somebody may write a name in two cases. */
function merge(name: string, before: unknown, value: unknown): unknown {
  if (before === undefined) return value
  return name === 'cookie' ? `${before}; ${value}` : [before, value].flat()
}

function basic(url: URL): string {
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

function readBody(given: unknown): Body {
  if (given === undefined || given === null) return NO_BODY
  if (typeof given === 'string' || given instanceof Uint8Array) return { ...NO_BODY, bytes: given }
  if (typeof given === 'function') {
    return { bytes: undefined, stream: () => toStream(given()), isStreamed: true, isThere: true }
  }
  const stream = toStream(given)
  let isThere = true
  return {
    bytes: undefined,
    isStreamed: true,
    get isThere() {
      return isThere
    },
    stream() {
      if (!isThere) return undefined
      isThere = false
      return stream
    },
  }
}

function toStream(given: unknown): Readable {
  if (given instanceof Readable) return given
  if (typeof given === 'string' || given instanceof Uint8Array) return Readable.from([given])
  const isIterable =
    typeof given === 'object' && given !== null && (Symbol.asyncIterator in given || Symbol.iterator in given)
  if (isIterable) return Readable.from(given as AsyncIterable<unknown>, { objectMode: false })
  throw new InvalidOptionError('request.body', typeof given, 'a text, bytes, a Readable, an iterable, or a function')
}

function lengthOf({ bytes }: Body): number | undefined {
  if (bytes === undefined) return undefined
  return typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength
}
