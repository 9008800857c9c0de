import type { EventEmitter } from 'node:events'
import type net from 'node:net'
import type { KeyedPool, PoolEvents } from '@millpond/core'
import type { Target } from './target.js'

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

/** Has an agent emit the events of its pool, those that somebody listens to: others cost the pool nothing. */
export class EventBridge {
  readonly #pool: KeyedPool<Target, net.Socket>
  readonly #agent: EventEmitter
  readonly #bridges = new Map<string | symbol, (event: unknown) => void>()

  constructor(pool: KeyedPool<Target, net.Socket>, agent: EventEmitter) {
    this.#pool = pool
    this.#agent = agent
  }

  /** Somebody is about to listen. */
  readonly listen = (event: string | symbol): void => {
    if (!names.has(event) || this.#bridges.has(event)) return
    const bridge = (payload: unknown) => this.#agent.emit(event, payload)
    this.#bridges.set(event, bridge)
    this.#pool.on(event as keyof AgentEvents, bridge)
  }

  /** Somebody listens no longer. */
  readonly unlisten = (event: string | symbol): void => {
    const bridge = this.#bridges.get(event)
    if (bridge === undefined || this.#agent.listenerCount(event) > 0) return
    this.#bridges.delete(event)
    this.#pool.off(event as keyof AgentEvents, bridge)
  }

  /** All listeners may have gone, without a word. */
  recount(): void {
    for (const event of [...this.#bridges.keys()]) this.unlisten(event)
  }
}
