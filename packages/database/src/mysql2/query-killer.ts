import net from 'node:net'
import { type Adapter, createKeyedPool, type KeyedPool } from '@millpond/core'
import { type KillMode, killSession } from './kill-session.js'
import { mysql2Adapter } from './mysql2-adapter.js'
import type { ConnectionConfig } from './mysql2-internals.js'
import { copyConfig } from './mysql2-options.js'
import { type ConnectionHost, PooledConnection } from './pooled-connection.js'

/** Rests a while: those who give up often do so together. */
const REST = 1_000

/** Where a connection leads to: its host's name may lead elsewhere the next time. */
interface Address {
  readonly host: string | undefined
  readonly port: number | undefined
}

/**
 * Has the server stop what other connections are running, by KILL on a connection of its own. It is the same user's, so
 * it needs no privilege, but a place below `max_connections`. What goes wrong is nobody's to know: callers have a time
 * limit anyway.
 */
export class QueryKiller {
  readonly #config: ConnectionConfig
  readonly #name: string
  readonly #patience: number
  #pool: KeyedPool<Address, PooledConnection> | undefined

  /** `patience`: ms after which it gives up. */
  constructor(config: ConnectionConfig, name: string, patience: number) {
    this.#config = config
    this.#name = name
    this.#patience = patience
  }

  /** Resolves when the server has acted upon it, so that it cannot hit what the connection is asked next; with false when
   * that has been given up, and nobody knows. */
  kill(mode: KillMode, { threadId, stream }: PooledConnection): Promise<boolean> {
    this.#pool ??= this.#open()
    // Once it is destroyed, a socket does not know them any more.
    const { remoteAddress: host, remotePort: port, localPort } = stream
    const target = { threadId, localPort }
    const kill = (messenger: PooledConnection) =>
      new Promise<boolean>((resolve) => killSession(messenger, mode, target, resolve))
    return this.#pool.use({ host, port }, kill).catch(() => false)
  }

  /** Resolves when what is under way has been done or given up. */
  async close(): Promise<void> {
    await this.#pool?.close({ timeout: this.#patience, waiters: 'serve' })
  }

  #open(): KeyedPool<Address, PooledConnection> {
    const limit = this.#patience
    return createKeyedPool<Address, PooledConnection>({
      name: `${this.#name} (kill)`,
      key: ({ host, port }) => `${host} ${port}`,
      adapter: (address) => this.#adapter(address),
      perKey: 1,
      acquire: { timeout: limit },
      connect: { timeout: limit, retry: true, backoff: { maxDelay: 1_000 } },
      idle: { timeout: REST },
      lease: { maxDuration: limit },
      health: { onAcquire: false },
    })
  }

  #adapter(address: Address): Adapter<PooledConnection> {
    const owner: ConnectionHost = {
      giveBack() {},
      destroy: (connection) => connection.endNow(),
      killQuery: () => Promise.resolve(false),
    }
    return mysql2Adapter({
      reset: false,
      login: this.#config,
      newConnection: () => new PooledConnection({}, owner, dialling(address, copyConfig(this.#config))),
      connected() {},
      kill: () => Promise.resolve(false),
    })
  }
}

/** What changes the form of questions and answers, and is not wanted here. */
const form = {
  bigNumberStrings: false,
  namedPlaceholders: false,
  nestTables: undefined,
  queryFormat: undefined,
  rowsAsArray: false,
  typeCast: true,
}

/** Only the way to the server is another: with TLS, the name of the host is verified as before. */
function dialling({ host, port }: Address, config: ConnectionConfig): ConnectionConfig {
  Object.assign(config, form)
  if (host !== undefined && port !== undefined && !config.stream) config.stream = () => net.connect({ host, port })
  return config
}
