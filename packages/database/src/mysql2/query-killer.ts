import { type Pool as CorePool, createPool } from '@millpond/core'
import { mysql2Adapter } from './mysql2-adapter.js'
import type { ConnectionConfig } from './mysql2-internals.js'
import { copyConfig } from './mysql2-options.js'
import { PooledConnection } from './pooled-connection.js'

/** Rests a while: those who give up often do so together. */
const REST = 1_000

/**
 * Has the server stop what other connections are running, by KILL on a connection of its own. It is the same user's, so
 * it needs no privilege, but a place below `max_connections`. What goes wrong is nobody's to know: callers have a time
 * limit anyway.
 */
export class QueryKiller {
  readonly #config: ConnectionConfig
  readonly #name: string
  readonly #patience: number
  #pool: CorePool<PooledConnection> | undefined

  /** `patience`: ms after which it gives up. */
  constructor(config: ConnectionConfig, name: string, patience: number) {
    this.#config = config
    this.#name = name
    this.#patience = patience
  }

  /** Resolves when the server has acted upon it, so that it cannot hit what the connection is asked next, or when it has
   * been given up. */
  kill(what: 'QUERY' | 'CONNECTION', { threadId }: PooledConnection): Promise<void> {
    this.#pool ??= this.#open()
    const killed = this.#pool.use((connection) => {
      return new Promise<void>((resolve) => connection.query(`KILL ${what} ${threadId}`, () => resolve()))
    })
    return killed.catch(() => {})
  }

  /** Resolves when what is under way has been done or given up. */
  async close(): Promise<void> {
    await this.#pool?.close({ timeout: this.#patience, waiters: 'serve' })
  }

  #open(): CorePool<PooledConnection> {
    const owner = { giveBack() {}, destroy: (connection: PooledConnection) => connection.endNow() }
    const adapter = mysql2Adapter({
      reset: false,
      login: this.#config,
      newConnection: () => new PooledConnection({}, owner, copyConfig(this.#config)),
      connected() {},
      kill: () => Promise.resolve(),
    })
    const setRef = ({ stream }: PooledConnection, keepAlive: boolean) => (keepAlive ? stream.ref?.() : stream.unref?.())
    const limit = this.#patience
    return createPool(
      { ...adapter, setRef },
      {
        name: `${this.#name} (kill)`,
        size: { max: 1 },
        acquire: { timeout: limit },
        connect: { timeout: limit, retry: true, backoff: { maxDelay: 1_000 } },
        idle: { timeout: REST },
        lease: { maxDuration: limit },
        health: { onAcquire: false },
      },
    )
  }
}
