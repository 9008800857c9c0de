import { Chain, Link } from '../acquire/chain.js'
import type { ConnectionInfo } from '../connection/connection-info.js'
import { InvalidOptionError } from '../errors/invalid-option-error.js'
import type { Policy, PolicyHooks, PolicyHost, Verdict } from '../policies/policy.js'
import { OldestFirst } from './oldest-first.js'

/** A connection that somebody waits for in another pool is given up after so many leases, or … */
const TURN = 8
/** … ms of that waiting. Giving it up at every release would be fairer, and would open and close for every lease. */
const PATIENCE = 1_000

/** One of the pools that share the limit. */
class Member {
  readonly host: PolicyHost
  /** Since when its longest-waiting waited when it was last given room, and when that was first so. */
  #head: { readonly since: number | undefined; readonly at: number } = { since: undefined, at: 0 }
  #givenAt = 0

  constructor(host: PolicyHost) {
    this.host = host
  }

  /** Since when its longest-waiting waits. One that room does not help (it is served last, or its client is at its limit)
   * is no reason to give this pool room before all others for ever. */
  waitingSince(): number | undefined {
    const since = this.host.waitingSince()
    const isStuck = since !== undefined && since === this.#head.since && this.#givenAt - this.#head.at >= PATIENCE
    return isStuck ? this.#givenAt : since
  }

  given(now: number): void {
    const since = this.host.waitingSince()
    if (since !== this.#head.since) this.#head = { since, at: now }
    this.#givenAt = now
  }
}

/** A connection that rests in one of them. */
interface Resting {
  readonly connection: ConnectionInfo
  readonly member: Member
}

/**
 * At most `max` connections, in whatever state, in all pools that are given this policy at creation. Where it holds an
 * open back, the pool whose acquire has waited longest is next: the longest idle connection of any of the pools makes
 * room for it, and one that is in use is given up when it comes back and has had its turn, so that no pool starves
 * another. (Envoy's cluster-wide circuit breaking; PgBouncer `max_db_connections`)
 *
 * Throws `InvalidOptionError` unless `max` is a whole number of at least 1.
 */
export function shareLimit(max: number): Policy {
  if (!Number.isInteger(max) || max < 1) {
    throw new InvalidOptionError('shareLimit', max, 'a whole number of at least 1')
  }
  const limit = new SharedLimit(max)
  return { name: `shareLimit(${max})`, attach: (host) => limit.hooksFor(host) }
}

class SharedLimit {
  readonly #max: number
  #used = 0
  readonly #wanting = new OldestFirst<Member>()
  /** Those that may have to wait for their `size.min`: they come after everybody who waits for a lease. */
  readonly #short = new Set<Member>()
  /** The longest idle first. */
  readonly #resting = new Chain<Resting>()
  /** Kept for a connection's life: a Map whose keys come and go walks over what it has deleted. */
  readonly #places = new Map<ConnectionInfo, Link<Resting>>()
  /** Those that are closing to make room. */
  readonly #givenUp = new Set<ConnectionInfo>()
  /** Those that others still have leases of, and that close when these have ended: it may take long. */
  readonly #draining = new Set<ConnectionInfo>()
  #giving = false

  constructor(max: number) {
    this.#max = max
  }

  hooksFor(host: PolicyHost): PolicyHooks {
    const member = new Member(host)
    const leave = () => {
      this.#short.delete(member)
      this.#wanting.remove(member)
    }
    return {
      mayOpen: () => this.#mayOpen(member),
      onConnecting: ({ now }) => {
        this.#used++
        member.given(now)
      },
      onConnect: () => {
        // What `size.min` kept until now may go.
        this.#seekRoom()
        return 'keep'
      },
      onIdle: ({ connection }) => {
        this.#rest(connection, member)
        return 'keep'
      },
      onAcquire: ({ connection, now }) => {
        this.#rise(connection)
        // One that several leases share may never come back whole.
        return connection.leases > 0 ? this.#judge(member, connection, now) : 'keep'
      },
      onRelease: ({ connection, now }) => this.#judge(member, connection, now),
      onDisconnect: ({ connection }) => {
        this.#used--
        this.#rise(connection)
        this.#places.delete(connection)
        this.#givenUp.delete(connection)
        this.#draining.delete(connection)
        this.#give()
      },
      detach: leave,
    }
  }

  #mayOpen(member: Member): 'admit' | 'wait' {
    const first = this.#wanting.first()
    const isFirst = first === undefined || first === member || this.#isOlder(member, first)
    if (this.#used < this.#max && isFirst) return 'admit'
    this.#short.add(member)
    this.#wanting.add(member)
    if (this.#used < this.#max) this.#give()
    else this.#makeRoom()
    return 'wait'
  }

  #isOlder(a: Member, b: Member): boolean {
    return (a.waitingSince() ?? Number.POSITIVE_INFINITY) <= (b.waitingSince() ?? Number.POSITIVE_INFINITY)
  }

  /** Wakes whoever has waited longest, as long as there is room. */
  #give(): void {
    if (this.#giving) return
    this.#giving = true
    try {
      for (let first = this.#wanting.first(); first !== undefined; first = this.#wanting.first()) {
        if (this.#used >= this.#max) break
        this.#wanting.takeFirst()
        first.host.wake()
      }
    } finally {
      this.#giving = false
    }
    if (this.#wanting.first() !== undefined) this.#makeRoom()
    else this.#giveToShort()
  }

  #giveToShort(): void {
    for (const member of [...this.#short]) {
      if (this.#used >= this.#max) return
      this.#short.delete(member)
      member.host.wake()
    }
  }

  #seekRoom(): void {
    if (this.#used >= this.#max && this.#wanting.first() !== undefined) this.#makeRoom()
  }

  /** The longest idle make room, one for each pool that wants it. */
  #makeRoom(): void {
    for (let link = this.#resting.first; link !== undefined; ) {
      if (!this.#wanting.hasMoreThan(this.#givenUp.size)) return
      const { connection, member } = link.value
      const { next } = link
      this.#givenUp.add(connection)
      if (member.host.evict(connection)) this.#rise(connection)
      else this.#givenUp.delete(connection)
      // What was called meanwhile may have changed the list.
      link = next?.linked ? next : undefined
    }
  }

  #judge(member: Member, connection: ConnectionInfo, now: number): Verdict {
    // Another policy may have ended it just now.
    if (connection.state !== 'connected.leased' || !this.#isDueElsewhere(member, connection, now)) return 'keep'
    const leaving = connection.leases > 0 ? this.#draining : this.#givenUp
    leaving.add(connection)
    return { verdict: 'retire', reason: 'surplus', detail: 'another pool of the shared limit is next' }
  }

  /** A pool whose own acquires have waited longer may keep it for longer, but not for ever. */
  #isDueElsewhere(member: Member, { uses }: ConnectionInfo, now: number): boolean {
    const first = this.#firstBut(member)
    if (first === undefined || !this.#wanting.hasMoreThan(this.#givenUp.size + this.#draining.size)) return false
    const hadTurn = uses >= TURN
    const isPressing = now - (first.waitingSince() ?? now) >= PATIENCE
    return this.#isOlder(member, first) ? hadTurn && isPressing : hadTurn || isPressing
  }

  #firstBut(member: Member): Member | undefined {
    if (!this.#wanting.has(member)) return this.#wanting.first()
    this.#wanting.remove(member)
    const first = this.#wanting.first()
    this.#wanting.add(member)
    return first
  }

  #rest(connection: ConnectionInfo, member: Member): void {
    let link = this.#places.get(connection)
    if (link === undefined) {
      link = new Link<Resting>({ connection, member })
      this.#places.set(connection, link)
    }
    if (!link.linked) this.#resting.append(link)
    this.#seekRoom()
  }

  #rise(connection: ConnectionInfo): void {
    const link = this.#places.get(connection)
    if (link?.linked) this.#resting.remove(link)
  }
}
