import type { PoolEvents } from '../pool/pool-events.js'
import type { Member } from './member.js'
import type { Members } from './members.js'

/** An acquire that waits in a group. It waits for one member as well as here, and takes what another has first. */
export interface Guest<R> {
  readonly priority: number
  readonly client: string | undefined
  /** Those of one lane can be served with each other's leases. */
  readonly lane: string
  /** A ready connection of another member would do. */
  readonly isOpenToAll: boolean
  /** Members it waits for. Where it waits for more than one, each counts it. */
  readonly at: ReadonlySet<Member<R>>
  /** Takes a ready connection of `member`, or asks for it; false when there is none for this one. */
  takeFrom(member: Member<R>): boolean
  /** Waits for another member too, if all that it waits for are unavailable. */
  moveOn(): void
}

type Listeners = { readonly [N in keyof PoolEvents]?: PoolEvents[N] }

/**
 * Holds invariant 4 for a group: no acquire waits for one member while another has a connection ready. Members are
 * listened to only while somebody is in here. Higher priorities first, then the order in which they came.
 */
export class WaitingRoom<R> {
  readonly #members: Members<R>
  readonly #listeners: readonly (readonly [Member<R>, Listeners])[]
  /** One set for each priority, the highest first. */
  #classes: { readonly priority: number; readonly guests: Set<Guest<R>> }[] = []
  readonly #lanes = new Map<string, Set<Guest<R>>>()
  #size = 0
  #looksAgain = false
  #isHeld = false

  constructor(members: Members<R>) {
    this.#members = members
    this.#listeners = members.all.map((member) => [member, this.#listenersOf(member)])
  }

  get size(): number {
    return this.#size
  }

  *[Symbol.iterator](): Generator<Guest<R>, void, void> {
    for (const { guests } of [...this.#classes]) yield* guests
  }

  enter(guest: Guest<R>): void {
    const { priority } = guest
    let { guests } = this.#classes.find((one) => one.priority === priority) ?? {}
    if (guests === undefined) {
      guests = new Set()
      this.#classes.push({ priority, guests })
      this.#classes.sort((a, b) => b.priority - a.priority)
    }
    guests.add(guest)
    const lane = this.#lanes.get(guest.lane)
    if (lane === undefined) this.#lanes.set(guest.lane, new Set([guest]))
    else lane.add(guest)
    if (++this.#size === 1) this.#listen(true)
  }

  leave(guest: Guest<R>): void {
    const mine = this.#classes.find(({ priority }) => priority === guest.priority)
    if (!mine?.guests.delete(guest)) return
    const lane = this.#lanes.get(guest.lane)
    lane?.delete(guest)
    if (lane?.size === 0) this.#lanes.delete(guest.lane)
    if (mine.guests.size === 0) this.#classes = this.#classes.filter((one) => one !== mine)
    if (--this.#size === 0) this.#listen(false)
  }

  /** Who has been waiting longest for what `member` has granted to this one; undefined when nobody could take it. */
  eldest(guest: Guest<R>, member: Member<R>): Guest<R> | undefined {
    if (!this.#members.mayLend(member)) return undefined
    for (const other of this.#lanes.get(guest.lane) ?? []) if (other === guest || other.isOpenToAll) return other
    return undefined
  }

  /** Lends whatever is ready, wherever it is. */
  serve(): void {
    if (this.#size === 0) return
    for (const member of this.#members.all) this.#serveFrom(member)
  }

  /** The group pauses or resumes all its members: nobody moves on from one to the next meanwhile. */
  hold(fn: () => void): void {
    this.#isHeld = true
    try {
      fn()
    } finally {
      this.#isHeld = false
      this.moveOn()
    }
  }

  /** A member is, or may be, unavailable: nobody waits for it alone while there is another. */
  moveOn(): void {
    if (this.#isHeld) return
    this.serve()
    for (const guest of [...this]) guest.moveOn()
  }

  #serveFrom(member: Member<R>): void {
    if (!this.#members.mayLend(member)) return
    // One client may be at its limit there and another not.
    let refused: Set<string> | undefined
    for (const guest of this) {
      const { client } = guest
      if (!guest.isOpenToAll || guest.at.has(member)) continue
      if (client !== undefined && refused?.has(client)) continue
      if (guest.takeFrom(member)) continue
      if (client === undefined) return
      refused ??= new Set()
      refused.add(client)
    }
  }

  #listenersOf(member: Member<R>): Listeners {
    return {
      // When a check fails, the next idle connection may need one, which the next try begins.
      transition: ({ from, to }) => {
        if (to === 'idle.ready' || from === 'idle.checking') this.#serveFrom(member)
      },
      // Of a connection that others have too, no transition tells; and this comes before it can be lent again.
      release: () => this.#serveSoon(),
      pause: () => this.moveOn(),
      resume: () => this.moveOn(),
    }
  }

  #serveSoon(): void {
    if (this.#looksAgain) return
    this.#looksAgain = true
    queueMicrotask(() => {
      this.#looksAgain = false
      this.serve()
    })
  }

  #listen(on: boolean): void {
    for (const [{ pool }, listeners] of this.#listeners) {
      for (const name of Object.keys(listeners) as (keyof PoolEvents)[]) {
        pool[on ? 'on' : 'off'](name, listeners[name] as never)
      }
    }
  }
}
