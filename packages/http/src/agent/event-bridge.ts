import type { EventEmitter } from 'node:events'
import type net from 'node:net'
import type { KeyedPool, PoolEvents } from '@millpond/core'

export type AgentEvents = PoolEvents<net.Socket>

/** Every event of a pool, made complete by its type. */
const names: ReadonlySet<string | symbol> = new Set(
  Object.keys({
    connecting: true,
    connect: true,
    connectError: true,
    transition: true,
    retire: true,
    disconnect: true,
    acquiring: true,
    acquire: true,
    acquireError: true,
    release: true,
    pause: true,
    resume: true,
    flush: true,
    quiet: true,
    close: true,
    slow: true,
    leak: true,
    stall: true,
    misuse: true,
    error: true,
  } satisfies Record<keyof AgentEvents, true>),
)

/** An event that is emitted under another name than the pool's, or with other arguments. */
export interface EventShape {
  /** The pool's name of it. */
  readonly of: keyof AgentEvents
  argumentsFor(payload: unknown): readonly unknown[]
}

/** Has an agent emit the events of its pool, those that somebody listens to: others cost the pool nothing. */
export class EventBridge<T, R> {
  readonly #pool: KeyedPool<T, R>
  readonly #agent: EventEmitter
  readonly #shapes: ReadonlyMap<string | symbol, EventShape>
  readonly #bridges = new Map<string | symbol, (payload: unknown) => void>()

  constructor(
    pool: KeyedPool<T, R>,
    agent: EventEmitter,
    shapes: ReadonlyMap<string | symbol, EventShape> = new Map(),
  ) {
    this.#pool = pool
    this.#agent = agent
    this.#shapes = shapes
  }

  /** Somebody is about to listen. */
  readonly listen = (event: string | symbol): void => {
    if (this.#bridges.has(event)) return
    const shape = this.#shapes.get(event)
    if (shape === undefined && !names.has(event)) return
    const bridge =
      shape === undefined
        ? (payload: unknown) => this.#agent.emit(event, payload)
        : (payload: unknown) => this.#agent.emit(event, ...shape.argumentsFor(payload))
    this.#bridges.set(event, bridge)
    this.#pool.on(this.#nameOf(event), bridge)
  }

  /** Somebody listens no longer. */
  readonly unlisten = (event: string | symbol): void => {
    const bridge = this.#bridges.get(event)
    if (bridge === undefined || this.#agent.listenerCount(event) > 0) return
    this.#bridges.delete(event)
    this.#pool.off(this.#nameOf(event), bridge)
  }

  /** All listeners may have gone, without a word. */
  recount(): void {
    for (const event of [...this.#bridges.keys()]) this.unlisten(event)
  }

  #nameOf(event: string | symbol): keyof AgentEvents {
    return this.#shapes.get(event)?.of ?? (event as keyof AgentEvents)
  }
}
