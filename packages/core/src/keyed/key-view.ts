import type { EventEmitter } from 'eventemitter3'
import { ResourcePool } from '../pool/pool.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { PoolEvents } from '../pool/pool-events.js'

type AnyListener = (event: never) => void

/** The pool of one key as a pool of its own. Of the keyed pool's events it hears those of its key, while somebody listens
 * to it. */
export class KeyView<R> extends ResourcePool<R> {
  readonly #key: string | undefined
  readonly #events: EventEmitter<PoolEvents<R>>
  readonly #bridges = new Map<keyof PoolEvents, AnyListener>()
  readonly #heardChanged: (view: KeyView<R>, isHeard: boolean) => void

  constructor(
    core: PoolCore<R>,
    events: EventEmitter<PoolEvents<R>>,
    heardChanged: (view: KeyView<R>, isHeard: boolean) => void,
  ) {
    super(() => core)
    this.#key = core.key
    this.#events = events
    this.#heardChanged = heardChanged
  }

  protected override listenersChanged(): void {
    const heard = new Set(this.eventNames())
    for (const [name, bridge] of this.#bridges) {
      if (heard.has(name)) continue
      this.#bridges.delete(name)
      this.#events.off(name, bridge as never)
    }
    for (const name of heard) {
      if (this.#bridges.has(name)) continue
      const bridge = (event: { readonly key?: string }) => {
        if (event.key === this.#key) (this.emit as (name: string, event: unknown) => boolean).call(this, name, event)
      }
      this.#bridges.set(name, bridge as AnyListener)
      this.#events.on(name, bridge as never)
    }
    this.#heardChanged(this, heard.size > 0)
  }
}
