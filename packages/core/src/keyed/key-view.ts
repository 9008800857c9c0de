import { ResourcePool } from '../pool/pool.js'
import type { PoolCore } from '../pool/pool-core.js'

/** The pool of one key as a pool of its own. It hears what happens in its pool, while somebody listens to it. */
export class KeyView<R> extends ResourcePool<R> {
  readonly #listened: (view: KeyView<R>) => void

  /** `listened` is called whenever listeners came or went. */
  constructor(core: PoolCore<R>, listened: (view: KeyView<R>) => void) {
    super(() => core)
    this.#listened = listened
  }

  protected override listenersChanged(): void {
    this.#listened(this)
  }
}
