import type { EventEmitter } from 'node:events'
import type net from 'node:net'
import type { KeyedPool, PoolEvents } from '@millpond/core'
import type { Target } from './target.js'

export type AgentEvents = PoolEvents<net.Socket>

const names: ReadonlySet<string | symbol> = new Set<keyof AgentEvents>([
  'connecting',
  'connect',
  'connectError',
  'transition',
  'retire',
  'disconnect',
  'acquiring',
  'acquire',
  'acquireError',
  'release',
  'pause',
  'resume',
  'flush',
  'quiet',
  'close',
  'slow',
  'leak',
  'stall',
  'misuse',
  'error',
])

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
