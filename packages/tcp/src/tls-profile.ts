import net from 'node:net'
import tls from 'node:tls'
import { InvalidOptionError } from '@millpond/core'
import { isRecord } from './refuse-unknown.js'
import type { Transport } from './tcp-target.js'

/** What connections made with the same TLS options share: those options, their secure context, and the last session. */
export class TlsProfile {
  /** What `tls.connect` is given, transport included. */
  readonly options: tls.ConnectionOptions
  /**
   * The last ticket of a connection whose peer was verified, offered to the next one (RFC 8446, section 2.2; RFC 5077).
   * Undefined before there is one.
   */
  session: Buffer | undefined

  constructor(options: tls.ConnectionOptions) {
    this.options = options
    this.session = options.session
  }
}

const DECIDED_BY_TARGET = ['host', 'port', 'path', 'socket'] as const

/**
 * Gives the profile for the next connection; undefined without TLS. A function is asked each time; as long as what it
 * gives is the same, so is the profile. Throws `InvalidOptionError`, for a function's result when that is asked for.
 */
export function tlsProfiles(
  transport: Transport,
  value: boolean | tls.ConnectionOptions | (() => tls.ConnectionOptions),
): (() => TlsProfile) | undefined {
  if (value === false) return undefined
  if (typeof value === 'function') return following(transport, value)
  const profile = makeProfile(transport, value === true ? {} : value)
  return () => profile
}

function following(transport: Transport, current: () => tls.ConnectionOptions): () => TlsProfile {
  let known: { given: tls.ConnectionOptions; profile: TlsProfile } | undefined
  return () => {
    const given = current()
    if (known === undefined || !isSame(known.given, given)) {
      // A copy: what was given may be changed and given again.
      known = { profile: makeProfile(transport, given), given: { ...given } }
    }
    return known.profile
  }
}

function makeProfile(transport: Transport, value: tls.ConnectionOptions): TlsProfile {
  // Not the value itself: a key given in the wrong place must not end in a log.
  if (!isRecord(value) || 'then' in value) {
    throw new InvalidOptionError(
      'tls',
      typeof value,
      "true, false, an object of tls.connect's options, or a function that gives one",
    )
  }
  const given = withoutUndefined(value)
  for (const option of DECIDED_BY_TARGET) {
    if (option in given) throw new InvalidOptionError(`tls.${option}`, '[given]', 'nothing: the target decides it')
  }
  return new TlsProfile({
    ...serverName(transport),
    rejectUnauthorized: true,
    ...given,
    ...transport,
    secureContext: given.secureContext ?? createContext(given),
  })
}

/** Throws `InvalidOptionError`. */
export function createContext(options: tls.ConnectionOptions): tls.SecureContext {
  try {
    return tls.createSecureContext(options)
  } catch (error) {
    // Neither Node's message nor the error as cause: "Received type number (1234)" may be a passphrase.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
    throw new InvalidOptionError('tls', '[hidden]', `what tls.createSecureContext takes; it refused with ${code}`)
  }
}

/** SNI carries names only, without the trailing dot of a fully qualified one (RFC 6066, section 3). */
function serverName(transport: Transport): { servername?: string } {
  if ('path' in transport || net.isIP(transport.host) !== 0) return {}
  return { servername: transport.host.replace(/\.$/, '') }
}

/** `tls.connect` spreads its options over its defaults, so an explicit undefined would remove one. */
function withoutUndefined(options: tls.ConnectionOptions): tls.ConnectionOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** Files read again give new buffers of the same bytes. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (Buffer.isBuffer(a)) return Buffer.isBuffer(b) && a.equals(b)
  const areLists = Array.isArray(a) && Array.isArray(b)
  if (!areLists && !(isPlain(a) && isPlain(b))) return false
  const [left, right] = [Object.entries(a), new Map(Object.entries(b))]
  return left.length === right.size && left.every(([name, value]) => right.has(name) && isSame(value, right.get(name)))
}

function isPlain(value: unknown): value is object {
  return isRecord(value) && Object.getPrototypeOf(value) === Object.prototype
}
