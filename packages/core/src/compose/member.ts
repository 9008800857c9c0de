import type { TryAcquireOptions } from '../acquire/acquire-options.js'
import type { Lease } from '../acquire/lease.js'
import type { Pool } from '../pool/pool.js'
import type { Health } from './ejection.js'

/** A pool within a group. */
export class Member<R> {
  readonly pool: Pool<R>
  /** Its place in the list that the group was made of. */
  readonly index: number
  readonly health: Health

  constructor(pool: Pool<R>, index: number, health: Health) {
    this.pool = pool
    this.index = index
    this.health = health
  }

  /** Leases and waiters: what p2c and its like compare. */
  get load(): number {
    const { leases, waiting } = this.pool.stats()
    return leases + waiting
  }

  get state(): 'running' | 'paused' | 'closing' | 'closed' {
    return this.pool.stats().state
  }

  /** An acquire may wait for it. */
  isAvailable(now: number): boolean {
    return this.health.isIn(now) && this.state === 'running'
  }

  /** An idle connection of it would go to whoever asks next, though others may wait: for fresh ones, or past their limit. */
  get hasReady(): boolean {
    const { state, idle, waiting } = this.pool.stats()
    if (state !== 'running' || idle === 0) return false
    return waiting === 0 || [...this.pool.connections()].some((connection) => connection.state === 'idle.ready')
  }

  get waiting(): number {
    return this.pool.stats().waiting
  }

  /** A ready connection, now or not at all. `now` is asked for only when it matters. */
  lend(client: string | undefined, now: () => number): Lease<R> | undefined {
    const options: TryAcquireOptions | undefined = client === undefined ? undefined : { client }
    const lease = this.pool.tryAcquire(options)
    if (lease !== undefined) this.health.lent(this.health.isOut ? now() : Number.POSITIVE_INFINITY)
    return lease
  }
}
