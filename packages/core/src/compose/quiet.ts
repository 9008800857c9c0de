import type { Members } from './members.js'
import type { WaitingRoom } from './waiting-room.js'

/** Says once that a whole group is quiet: nothing leased at any member, and nobody waiting or on the way to the next. */
export class Quiet<R> {
  readonly #members: Members<R>
  readonly #room: WaitingRoom<R>
  readonly #tell: () => void
  #isOwed = false

  constructor(members: Members<R>, room: WaitingRoom<R>, tell: () => void) {
    this.#members = members
    this.#room = room
    this.#tell = tell
  }

  /** A member is quiet. */
  readonly check = (): void => {
    this.#isOwed = this.#room.size > 0
    if (this.#isOwed) return
    const stats = this.#members.all.map(({ pool }) => pool.stats())
    if (stats.every(({ leases, waiting }) => leases === 0 && waiting === 0)) this.#tell()
  }

  /** An acquire has left without a lease: a member may have been quiet while it was still here. */
  readonly left = (): void => {
    if (this.#isOwed) this.check()
  }
}
