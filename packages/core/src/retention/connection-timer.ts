import type { Connection } from '../connection/connection.js'
import type { PoolCore } from '../pool/pool-core.js'
import { TimerEntry } from '../time/timer-wheel.js'

/** A timer of one connection besides that of its state. */
export class ConnectionTimer<R> extends TimerEntry {
  since = 0
  uses = 0
  readonly #core: PoolCore<R>
  readonly #connection: Connection<R>
  readonly #fn: (core: PoolCore<R>, connection: Connection<R>) => void

  constructor(
    core: PoolCore<R>,
    connection: Connection<R>,
    fn: (core: PoolCore<R>, connection: Connection<R>) => void,
  ) {
    super()
    this.#core = core
    this.#connection = connection
    this.#fn = fn
  }

  /** Arms it for `delay` ms after the moment `since`, and remembers that and the uses until now. */
  arm(since: number, delay: number): void {
    this.since = since
    this.uses = this.#connection.uses
    this.#core.wheel.arm(this, since + delay)
  }

  override expire(): void {
    this.#fn(this.#core, this.#connection)
  }
}
