import { InvalidOptionError } from '@millpond/core'
import { formatOrigin } from '../agent/origin.js'
import { tlsIdentity } from '../agent/tls-identity.js'
import { checkTls, type Place, type TlsOptions } from './transport.js'

/** An origin with TLS options of its own, which come before the pool's. What is reached with other credentials, another
 * server name or other authorities never shares a connection. */
export interface Http2SecureTarget {
  readonly url: string | URL
  readonly tls: TlsOptions
}

/** Where a session leads: the origin of an http or https URL, the rest of which does not matter. */
export type Http2Target = string | URL | Http2SecureTarget

/** Origins remembered, so that a request finds its own by a look-up. */
const REMEMBERED = 1_000

/** One origin with one TLS identity: targets with the same key share sessions. */
export class Destination implements Place {
  readonly key: string
  /** As `URL` gives it, but always with the port. */
  readonly origin: string
  readonly secure: boolean
  readonly host: string
  readonly port: number
  /** Without the scheme's own port, as URLs have it (RFC 9113, section 8.3.1). */
  readonly authority: string
  /** Its own TLS options. */
  readonly tls: TlsOptions | undefined

  constructor(url: URL, tls?: TlsOptions, identity = '') {
    this.secure = url.protocol === 'https:'
    this.host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
    this.port = Number(url.port || (this.secure ? 443 : 80))
    this.origin = formatOrigin(this.secure, this.host, this.port)
    this.authority = url.host
    this.key = identity === '' ? this.origin : `${this.origin}#${identity}`
    this.tls = tls
  }
}

/** Finds the destination of each target. */
export class Destinations {
  readonly #ofPool: TlsOptions
  readonly #byOrigin = new Map<string, Destination>()
  #lastText: string | undefined
  #last: Destination | undefined

  constructor(ofPool: TlsOptions) {
    this.#ofPool = ofPool
  }

  /** Throws `InvalidOptionError` for what is no http or https URL. */
  of(target: Http2Target | Destination): Destination {
    if (target instanceof Destination) return target
    if (typeof target === 'string') {
      if (target !== this.#lastText || this.#last === undefined) {
        this.#last = this.#ofUrl(readUrl(target))
        this.#lastText = target
      }
      return this.#last
    }
    return target instanceof URL ? this.#ofUrl(target) : this.#secure(target)
  }

  /** The URL of a target, and its destination. */
  resolve(target: Http2Target): { readonly url: URL; readonly destination: Destination } {
    if (typeof target === 'string' || target instanceof URL) {
      const url = readUrl(target)
      return { url, destination: this.#ofUrl(url) }
    }
    return { url: readUrl(target?.url), destination: this.#secure(target) }
  }

  #ofUrl(url: URL): Destination {
    const known = this.#byOrigin.get(url.origin)
    if (known !== undefined) return known
    if (this.#byOrigin.size >= REMEMBERED) this.#byOrigin.clear()
    const destination = new Destination(checkScheme(url))
    this.#byOrigin.set(url.origin, destination)
    return destination
  }

  #secure(target: Http2SecureTarget): Destination {
    const url = checkScheme(readUrl(target?.url))
    const tls = checkTls('target.tls', target.tls)
    // One that the pool has as well is of this target now, and tells it apart.
    const rest = Object.fromEntries(Object.entries(this.#ofPool).filter(([name]) => !(name in tls)))
    const named = tls.servername === undefined ? '' : `${tls.servername}:`
    const identity = url.protocol === 'https:' ? `${named}${tlsIdentity(tls, rest)}` : ''
    return new Destination(url, tls, identity)
  }
}

const allowed = 'an http or https URL'

function readUrl(given: unknown): URL {
  if (given instanceof URL) return given
  // Not an object as it is: what is in the wrong place may be a key.
  if (typeof given !== 'string') throw new InvalidOptionError('target', typeof given, allowed)
  try {
    return new URL(given)
  } catch {
    throw new InvalidOptionError('target', given, allowed)
  }
}

function checkScheme(url: URL): URL {
  if (url.protocol === 'https:' || url.protocol === 'http:') return url
  throw new InvalidOptionError('target', `${url.protocol}//${url.host}`, allowed)
}
