import type http from 'node:http'

/** What a server says of how long it keeps a connection (RFC 9112, section 9.3; the header is that of RFC 2068, 19.7.1). */
export interface KeepAliveHint {
  /** ms from its answer until it may close the connection; `Infinity` where it does not say. */
  readonly timeout: number
  /** Requests it will still take, or takes in all: servers differ. `Infinity` where it does not say. */
  readonly max: number
}

const none: KeepAliveHint = { timeout: Number.POSITIVE_INFINITY, max: Number.POSITIVE_INFINITY }

// Servers say the same again and again.
let lastText: string | undefined
let lastHint = none

export function readKeepAlive(response: http.IncomingMessage): KeepAliveHint {
  return hintOf(findHeader(response.rawHeaders))
}

/** Of the header's value, where there is one. */
export function hintOf(text: string | undefined): KeepAliveHint {
  if (text === undefined) return none
  if (text !== lastText) {
    lastHint = parseKeepAlive(text)
    lastText = text
  }
  return lastHint
}

/** Parameters in any order and case; one that is no number says nothing. */
export function parseKeepAlive(text: string): KeepAliveHint {
  return { timeout: parameter(text, timeoutPattern) * 1_000, max: parameter(text, maxPattern) }
}

const timeoutPattern = /(?:^|[,;])\s*timeout\s*=\s*"?(\d+)"?\s*(?:$|[,;])/i
const maxPattern = /(?:^|[,;])\s*max\s*=\s*"?(\d+)"?\s*(?:$|[,;])/i

function parameter(text: string, pattern: RegExp): number {
  const value = pattern.exec(text)?.[1]
  return value === undefined ? Number.POSITIVE_INFINITY : Number(value)
}

/** Not by `headers`, which are made on first use, for each response anew. */
function findHeader(rawHeaders: readonly string[]): string | undefined {
  for (let at = rawHeaders.length - 2; at >= 0; at -= 2) {
    const name = rawHeaders[at] as string
    if (name.length === 10 && (name === 'Keep-Alive' || name.toLowerCase() === 'keep-alive')) return rawHeaders[at + 1]
  }
  return undefined
}
