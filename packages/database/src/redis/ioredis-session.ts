import type { Socket } from 'node:net'
import { isBlocking } from './blocking-commands.js'
import type { Facts } from './client-info.js'
import { Loss } from './loss.js'
import type { IoRedisClient, SessionClient } from './redis-client.js'
import type { RedisSession } from './redis-session.js'

type Channels = 'subscribe' | 'psubscribe' | 'ssubscribe'

/** What versions 5 and 6 have of it, though their types keep some to themselves. */
interface Client extends IoRedisClient, SessionClient {
  readonly isCluster?: boolean
  readonly options: { db?: number; retryStrategy?: unknown }
  readonly stream?: Socket
  readonly commandQueue?: { toArray(): { command: { name: string; args: unknown[] } }[] }
  readonly condition?: { readonly subscriber: false | { channels(kind: Channels): string[] } } | null
  unsubscribe(...channels: string[]): Promise<unknown>
  punsubscribe(...patterns: string[]): Promise<unknown>
  sunsubscribe(...channels: string[]): Promise<unknown>
}

/** Those that bring what was subscribed to. */
const messages = ['message', 'messageBuffer', 'pmessage', 'pmessageBuffer', 'smessage', 'smessageBuffer']

type Listener = (...args: unknown[]) => void

/** Whether it has the shape of a client of ioredis, of one connection. */
export function isIoRedisClient(client: object): client is IoRedisClient {
  const { status, call, connect, disconnect, isCluster } = client as Partial<Client>
  return (
    typeof status === 'string' &&
    [call, connect, disconnect].every((method) => typeof method === 'function') &&
    isCluster !== true
  )
}

/** A client of ioredis that does not connect again. */
export class IoRedisSession implements RedisSession {
  facts: Facts | undefined
  readonly #client: Client
  readonly #loss = new Loss()
  /** Who listened to messages when the client was made. */
  readonly #ownListeners: ReadonlyMap<string, readonly unknown[]>
  #error: Error | undefined

  constructor(client: IoRedisClient) {
    this.#client = client as Client
    this.#ownListeners = new Map(messages.map((event) => [event, this.#client.listeners(event)]))
    // Asked when the connection ends. Not seen by `duplicate()`, whose clients are not the pool's.
    Object.defineProperty(this.#client.options, 'retryStrategy', {
      configurable: true,
      enumerable: false,
      writable: true,
      value: null,
    })
    // For life: what fails after its end is nobody's, and would be printed.
    this.#client.on('error', (error: Error) => {
      this.#error = error
    })
    this.#client.on('end', () => this.#loss.report(this.#error ?? new Error('The connection has been closed')))
  }

  get database(): number {
    return this.#client.options.db ?? 0
  }

  get isReady(): boolean {
    return this.#client.status === 'ready' && this.#client.stream?.writable === true
  }

  get isSubscribed(): boolean {
    return Boolean(this.#client.condition?.subscriber)
  }

  get isBlocked(): boolean {
    const waiting = this.#client.commandQueue?.toArray() ?? []
    return waiting.some(({ command: { name, args } }) => isBlocking(name, args))
  }

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#loss.watch(reject)
      this.#client.once('ready', () => resolve())
      const { status } = this.#client
      if (status === 'ready') return resolve()
      // Without `lazyConnect` it began when it was made.
      if (status !== 'connecting' && status !== 'connect') this.#client.connect().catch(() => {})
    })
  }

  send(command: string, ...args: string[]): Promise<unknown> {
    return this.#client.call(command, ...args)
  }

  select(db: number): Promise<unknown> {
    return this.#client.select(db)
  }

  unwatch(): Promise<unknown> {
    return this.#client.unwatch()
  }

  async unsubscribe(): Promise<void> {
    for (const event of messages) {
      for (const listener of this.#client.listeners(event)) {
        if (!this.#ownListeners.get(event)?.includes(listener)) this.#client.off(event, listener as Listener)
      }
    }
    const { subscriber } = this.#client.condition ?? {}
    if (!subscriber) return
    // By name: without, the driver waits until there is no subscription of any kind.
    await Promise.all([
      named(subscriber.channels('subscribe'), (...channels) => this.#client.unsubscribe(...channels)),
      named(subscriber.channels('psubscribe'), (...patterns) => this.#client.punsubscribe(...patterns)),
      named(subscriber.channels('ssubscribe'), (...channels) => this.#client.sunsubscribe(...channels)),
    ])
  }

  watch(lost: (error: Error) => void): () => void {
    return this.#loss.watch(lost)
  }

  async quit(): Promise<void> {
    this.#loss.expect()
    if (this.isReady && !this.isBlocked) await this.send('QUIT').catch(() => {})
    this.destroy()
  }

  destroy(): void {
    this.#loss.expect()
    this.#client.disconnect()
    // It would wait for the server's goodbye.
    this.#client.stream?.destroy()
  }

  setRef(keepAlive: boolean): void {
    if (keepAlive) this.#client.stream?.ref?.()
    else this.#client.stream?.unref?.()
  }
}

function named(names: string[], drop: (...names: string[]) => Promise<unknown>): Promise<unknown> | undefined {
  return names.length > 0 ? drop(...names) : undefined
}
