import type { LookupAddress } from 'node:dns'
import type net from 'node:net'
import type { Clock } from '@millpond/core'
import { LazyTimer } from '../timeouts/lazy-timer.js'
import { AddressCache, LOST } from './address-cache.js'
import { AddressSpread } from './address-spread.js'
import { canonicalAddress } from './canonical-address.js'
import type { ResolvedDns } from './dns-options.js'

interface Followed {
  readonly address: string
  readonly retire: (reason: string) => void
}

/** One open on its way to one of a name's addresses. */
export interface NamedOpen {
  /** For `net.connect`. */
  readonly lookup: net.LookupFunction
  /** This address did not accept, or not soon enough. */
  suspect(address: string): void
  /** Connected, or given up. */
  settle(outcome: { readonly connected?: string; readonly failed?: boolean }): void
}

/** Knows the addresses of one name and the connections to them; retires those whose address has left. */
export class NameFollower {
  readonly #host: string
  readonly #clock: Clock
  readonly #cache: AddressCache
  readonly #spread = new AddressSpread()
  readonly #followed = new Set<Followed>()
  /** Armed while connections are open. */
  readonly #timer: LazyTimer

  constructor(host: string, dns: ResolvedDns, clock: Clock) {
    this.#host = host
    this.#clock = clock
    this.#cache = new AddressCache(host, dns, clock, (addresses) => this.#compare(addresses))
    this.#timer = new LazyTimer(clock, () => this.#look())
  }

  open(): NamedOpen {
    let release: (() => void) | undefined
    let cancel: (() => void) | undefined
    let isSettled = false
    return {
      lookup: (_host, { all }, done) => {
        const answer = (addresses: readonly LookupAddress[]) => {
          const [first, ...others] = this.#spread.order(addresses) as [LookupAddress, ...LookupAddress[]]
          if (!isSettled) release = this.#spread.add(first.address)
          if (all) done(null, [first, ...others])
          else done(null, first.address, first.family)
        }
        const asked = this.#cache.addresses()
        cancel = asked.cancel
        asked.addresses.then(answer, (error) => done(error, '', 0))
      },
      suspect: (address) => this.#spread.suspect(address),
      settle: ({ connected, failed = false }) => {
        isSettled = true
        release?.()
        cancel?.()
        if (connected !== undefined) this.#spread.trust(connected)
        if (failed) this.#cache.expire()
      },
    }
  }

  /** Retires the connection, once, when its address is no longer one of the name's; returns how to stop. */
  follow(socket: net.Socket, retire: (reason: string) => void): () => void {
    if (socket.remoteAddress === undefined) return () => {}
    const followed = { address: canonicalAddress(socket.remoteAddress), retire }
    const release = this.#spread.add(followed.address)
    this.#followed.add(followed)
    this.#arm()
    return () => {
      release()
      this.#followed.delete(followed)
      if (this.#followed.size === 0) this.#timer.disarm()
    }
  }

  #compare(addresses: readonly LookupAddress[]): void {
    this.#spread.trustAll()
    const present = new Set(addresses.map(({ address }) => canonicalAddress(address)))
    for (const followed of [...this.#followed]) {
      if (present.has(followed.address)) continue
      this.#followed.delete(followed)
      followed.retire(`${followed.address} is no longer an address of ${this.#host}`)
    }
  }

  #look(): number | undefined {
    const left = this.#left()
    if (left > 0) return left
    const armAnew = () => {
      this.#timer.disarm()
      this.#arm()
    }
    this.#cache.refresh().then(armAnew, armAnew)
    // The answer may never come.
    return LOST
  }

  #arm(): void {
    const left = this.#left()
    if (this.#followed.size > 0 && left !== Number.POSITIVE_INFINITY) this.#timer.arm(Math.max(0, left))
  }

  #left(): number {
    return this.#cache.expiresAt - this.#clock.now()
  }
}
