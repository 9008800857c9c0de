import dns from 'node:dns'
import type net from 'node:net'
import { InvalidOptionError } from '@millpond/core'
import { isRecord, refuseUnknown } from '../refuse-unknown.js'

/** How the addresses of a name are remembered and followed. */
export interface DnsOptions {
  /**
   * ms for which addresses are used before they are asked for again. While connections are open they are asked for
   * again each time it has passed; a connection whose address is not among the new ones is retired: an idle one at
   * once, a leased one on release. New connections go to the address that has the fewest, of the family that the
   * system names first. Set it to the time in which a failover by DNS has to be noticed: as a rule the record's TTL,
   * which the system does not tell. `Infinity` asks once; 0 is refused. No default. (nginx's `resolver … valid`,
   * Envoy's `dns_refresh_rate`, the JVM's `networkaddress.cache.ttl`)
   *
   * While lookups fail, the last known addresses serve on, for as long as they fail and whatever the error: a
   * connection that works is worth more than a resolver that does not (RFC 8767, "serve stale"). They are asked for
   * again after `maxAge` or 30 s, whichever is less, and at the next open after one to which no address has answered;
   * an open waits 1.8 s for the answer before it goes to a known address. Before anything is known, a failed lookup
   * fails the open, and nothing is remembered of it.
   */
  readonly maxAge: number
  /** Who is asked, as `dns.lookup` is, with `all: true`. Default `dns.lookup`, which honours the hosts file and, like any
   * of `getaddrinfo`, uses a thread of libuv's. */
  readonly lookup?: net.LookupFunction
}

/** `DnsOptions`, checked and complete. */
export interface ResolvedDns {
  readonly maxAge: number
  readonly lookup: net.LookupFunction
}

/** Throws `InvalidOptionError`. */
export function resolveDns(given: DnsOptions | undefined, tls: unknown): ResolvedDns | undefined {
  if (given === undefined) return undefined
  refuseUnknown('dns', given, ['maxAge', 'lookup'])
  const { maxAge, lookup = dns.lookup } = given
  const isDuration = maxAge === Number.POSITIVE_INFINITY || (maxAge >= 1 && maxAge <= LONGEST)
  if (typeof maxAge !== 'number' || !isDuration) {
    throw new InvalidOptionError('dns.maxAge', maxAge, `a number of ms from 1 to ${LONGEST}, or Infinity to ask once`)
  }
  if (typeof lookup !== 'function') throw new InvalidOptionError('dns.lookup', lookup, 'a function like dns.lookup')
  if (isRecord(tls) && 'lookup' in tls && tls.lookup !== undefined) {
    throw new InvalidOptionError('tls.lookup', '[given]', 'nothing beside dns: give dns.lookup')
  }
  return { maxAge, lookup: lookup as net.LookupFunction }
}

/** What Node's timers take. */
const LONGEST = 2 ** 31 - 1
