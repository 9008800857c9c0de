import type { EventEmitter } from 'eventemitter3'
import type { Pool } from '../pool/pool.js'
import type { PoolEvents } from '../pool/pool-events.js'

type EventName = keyof PoolEvents

/** Lets a group's listeners hear its members, who are listened to only for what the group has listeners for. */
export class EventBridge<R> {
  readonly #group: EventEmitter<PoolEvents<R>>
  readonly #pools: readonly Pool<R>[]
  readonly #instead: Partial<Record<EventName, () => void>>
  readonly #bridges = new Map<EventName, (event: unknown) => void>()
  readonly #withheld = new Map<EventName, number>()

  /** `instead`: what is done at a member's event in place of telling it. */
  constructor(
    group: EventEmitter<PoolEvents<R>>,
    pools: readonly Pool<R>[],
    instead: Partial<Record<EventName, () => void>>,
  ) {
    this.#group = group
    this.#pools = pools
    this.#instead = instead
  }

  /** To be called whenever the group's listeners came or went. */
  update(): void {
    const wanted = new Set(this.#group.eventNames())
    for (const name of this.#bridges.keys()) if (!wanted.has(name)) this.#remove(name)
    for (const name of wanted) if (!this.#bridges.has(name)) this.#add(name)
  }

  /** While `fn` runs, what members say by this name is the group's own doing, and not told. */
  withhold<T>(name: EventName, fn: () => T): T {
    this.#withheld.set(name, (this.#withheld.get(name) ?? 0) + 1)
    try {
      return fn()
    } finally {
      this.#withheld.set(name, (this.#withheld.get(name) as number) - 1)
    }
  }

  /** From now on members' events of this name are not told. */
  drop(name: EventName): void {
    this.#withheld.set(name, Number.POSITIVE_INFINITY)
  }

  /** The group's own event. What a listener throws goes to `error`, as with a pool. */
  tell<N extends EventName>(name: N, event: Parameters<PoolEvents<R>[N]>[0]): void {
    try {
      this.#emit(name, event)
    } catch (error) {
      this.#trouble(event.pool, error)
    }
  }

  #trouble(pool: string, error: unknown): void {
    if (this.#group.listenerCount('error') === 0) {
      process.emitWarning(`Pool "${pool}": a listener threw, and its error had no listener`, { type: 'PoolWarning' })
      return
    }
    try {
      this.#emit('error', { pool, error, source: 'listener' })
    } catch {
      process.emitWarning(`Pool "${pool}": a listener of "error" threw`, { type: 'PoolWarning' })
    }
  }

  #add(name: EventName): void {
    const bridge = (event: unknown) => {
      if ((this.#withheld.get(name) ?? 0) > 0) return
      const instead = this.#instead[name]
      if (instead === undefined) this.#emit(name, event)
      else instead()
    }
    this.#bridges.set(name, bridge)
    for (const pool of this.#pools) pool.on(name, bridge)
  }

  #remove(name: EventName): void {
    const bridge = this.#bridges.get(name) as (event: unknown) => void
    this.#bridges.delete(name)
    for (const pool of this.#pools) pool.off(name, bridge)
  }

  #emit(name: EventName, event: unknown): void {
    ;(this.#group.emit as (name: EventName, event: unknown) => boolean).call(this.#group, name, event)
  }
}
