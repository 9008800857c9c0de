import { isBlocking } from './blocking-commands.js'
import type { Facts } from './client-info.js'
import { Loss } from './loss.js'
import type { NodeRedisClient, SessionClient } from './redis-client.js'
import type { RedisSession } from './redis-session.js'

/** What versions 4 to 6 have of it; `createClient` of 5 and 6 gives a proxy, whose client is `_self`. */
interface Client extends NodeRedisClient, SessionClient {
  readonly _self?: NodeRedisClient
  readonly options?: { readonly database?: number }
  readonly isPubSubActive?: boolean
  unsubscribe(): Promise<unknown>
  pUnsubscribe(): Promise<unknown>
  sUnsubscribe?(): Promise<unknown>
  destroy?(): void
  /** Version 4's `destroy`. */
  disconnect(): Promise<void>
  _getQueue?(): { flushAll?(error: Error): void }
}

/** Whether it has the shape of a client of node-redis, of one connection. */
export function isNodeRedisClient(client: object): client is NodeRedisClient {
  const { isOpen, isReady, sendCommand, connect, ref, unref } = client as Partial<NodeRedisClient>
  return (
    typeof isOpen === 'boolean' &&
    typeof isReady === 'boolean' &&
    [sendCommand, connect, ref, unref].every((method) => typeof method === 'function')
  )
}

/** A client of node-redis whose first failure is its last. */
export class NodeRedisSession implements RedisSession {
  facts: Facts | undefined
  readonly #client: Client
  readonly #loss = new Loss()
  #blocked = 0
  /** The driver is dialling: it cannot be told to stop, only not to go on. */
  #isDialling = false
  #isDestroyed = false

  constructor(client: NodeRedisClient) {
    this.#client = client as Client
    // For life: what fails after its end is nobody's, and would end the process.
    this.#client.on('error', (error: Error) => this.#failed(error))
    this.#client.on('end', () => this.#loss.report(new Error('The client has been closed')))
    this.#client.on('connect', () => this.#dialled())
    this.#client.on('ready', () => this.#dialled())
    this.#countBlocked()
  }

  get database(): number {
    return this.#client.options?.database ?? 0
  }

  get isReady(): boolean {
    return this.#client.isOpen && this.#client.isReady
  }

  get isSubscribed(): boolean {
    return this.#client.isPubSubActive === true
  }

  get isBlocked(): boolean {
    return this.#blocked > 0
  }

  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#loss.watch(reject)
      this.#client.once('ready', () => resolve())
      if (this.#client.isReady) return resolve()
      this.#isDialling = true
      // Whoever made it was quicker.
      if (this.#client.isOpen) return
      this.#client.connect().then(() => {}, reject)
    })
  }

  send(command: string, ...args: string[]): Promise<unknown> {
    return this.#client.sendCommand([command, ...args])
  }

  select(db: number): Promise<unknown> {
    return this.#client.select(db)
  }

  unwatch(): Promise<unknown> {
    return this.#client.unwatch()
  }

  unsubscribe(): Promise<unknown> {
    const client = this.#client
    return Promise.all([client.unsubscribe(), client.pUnsubscribe(), client.sUnsubscribe?.()])
  }

  watch(lost: (error: Error) => void): () => void {
    return this.#loss.watch(lost)
  }

  /** Not by the driver's `close` or `quit`: while those wait, versions before 6 cannot be told to end at once. */
  async quit(): Promise<void> {
    this.#loss.expect()
    if (this.isReady && !this.isBlocked) await this.send('QUIT').catch(() => {})
    this.destroy()
  }

  destroy(): void {
    this.#loss.expect()
    this.#isDestroyed = true
    if (!this.#isDialling) this.#destroyNow()
  }

  setRef(keepAlive: boolean): void {
    if (keepAlive) this.#client.ref()
    else this.#client.unref()
  }

  #dialled(): void {
    this.#isDialling = false
    // Once the driver has sent its greeting, of whose end it would otherwise not know.
    if (this.#isDestroyed) setImmediate(() => this.#destroyNow())
  }

  /** The driver would connect again, to a session that knows nothing of the borrower's. It asks whether it may as soon
   * as its listeners have been called. */
  #failed(error: Error): void {
    this.#isDialling = false
    // Its commands are told what happened, rather than that somebody has destroyed the client.
    this.#client._getQueue?.().flushAll?.(error)
    this.#loss.report(error)
    this.#destroyNow()
  }

  #destroyNow(): void {
    try {
      if (this.#client.destroy !== undefined) this.#client.destroy()
      else this.#client.disconnect().catch(() => {})
    } catch {
      // It is closed already, which is no reason to throw.
    }
  }

  /** The methods of versions 5 and 6 all end in `sendCommand` of the client itself. */
  #countBlocked(): void {
    const client = this.#client._self ?? this.#client
    const { sendCommand } = client
    const release = () => {
      this.#blocked--
    }
    const counting = function (this: unknown, args: string[], ...options: unknown[]): Promise<unknown> {
      const sent = (sendCommand as (...given: unknown[]) => Promise<unknown>).call(this, args, ...options)
      if (isBlocking(args[0], args)) block(sent)
      return sent
    }
    const block = (sent: Promise<unknown>) => {
      this.#blocked++
      sent.then(release, release)
    }
    Object.defineProperty(client, 'sendCommand', { value: counting, configurable: true, writable: true })
  }
}
