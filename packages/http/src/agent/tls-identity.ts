import { createHash } from 'node:crypto'
import { type RequestTarget, tlsOptions } from './connection-options.js'

const identities = new WeakMap<object, number>()
let lastIdentity = 0

/**
 * What sets this request's TLS apart from the agent's own, as a digest: keys are shown in events and must not tell a
 * private key. Empty when nothing does. Node's `getName` leaves `checkServerIdentity` and `secureContext` out and joins
 * objects to "[object Object]"; connections would be shared across them.
 */
export function tlsIdentity(request: RequestTarget, ofAgent: object): string {
  let parts: string[] | undefined
  for (const name of tlsOptions) {
    const value = (request as Record<string, unknown>)[name]
    if (value === undefined || value === null || name in ofAgent) continue
    parts ??= []
    parts.push(name, textOf(value))
  }
  if (parts === undefined) return ''
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}

function textOf(value: unknown): string {
  if (typeof value === 'function') return `f${identityOf(value)}`
  if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`
  if (ArrayBuffer.isView(value)) {
    return `b${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}`
  }
  if (Array.isArray(value)) return `a${JSON.stringify(value.map(textOf))}`
  if (Object.getPrototypeOf(value) !== Object.prototype) return `o${identityOf(value)}`
  return `r${JSON.stringify(Object.entries(value).map(([name, part]) => [name, textOf(part)]))}`
}

function identityOf(value: object): number {
  let identity = identities.get(value)
  if (identity === undefined) {
    identity = ++lastIdentity
    identities.set(value, identity)
  }
  return identity
}
