import { Link } from '../acquire/chain.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { KeyView } from './key-view.js'

/** One key that is known: its pool, and who keeps it. */
export class KeyEntry<R> {
  readonly key: string
  readonly core: PoolCore<R>
  /** Its place in the order of use; only with `maxKeys`. */
  readonly link: Link<KeyEntry<R>> = new Link<KeyEntry<R>>(this)
  /** Calls that are asking it for a lease right now. */
  asking = 0
  /** What `for(target)` returned, while anybody has it. */
  view: WeakRef<KeyView<R>> | undefined = undefined
  constructor(key: string, core: PoolCore<R>) {
    this.key = key
    this.core = core
  }

  /** Nobody has, waits for or keeps anything of it but idle connections. */
  get isUnused(): boolean {
    const { leases, queue, connecting, warming } = this.core
    const isAsked = this.asking > 0 || connecting > 0 || warming !== undefined
    return leases === 0 && queue.size === 0 && !isAsked && !this.isKept
  }

  /** Somebody has its pool, or it has been told something that must not be forgotten. */
  get isKept(): boolean {
    const { state, min, max, options, view } = this.core
    const isResized = min !== options.size.min || max !== options.size.max
    const isTold = isResized || (state === 'paused') !== (options.start === 'paused')
    return isTold || view !== undefined || this.view?.deref() !== undefined
  }
}
