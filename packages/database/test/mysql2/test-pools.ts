import type mysql from 'mysql2'
import type { PoolConnection, RowDataPacket } from 'mysql2/promise'
import { createPool, type Pool, type PoolOptions } from '../../src/mysql2.js'
import { MariadbServer } from './mariadb-server.js'

/** A server, and pools of it that are ended after each test. */
export class TestPools {
  readonly server: MariadbServer
  readonly #pools: Pool[] = []

  private constructor(server: MariadbServer) {
    this.server = server
  }

  static async start(settings?: Record<string, string | number>): Promise<TestPools> {
    return new TestPools(await MariadbServer.start(settings))
  }

  make(options: PoolOptions = {}): Pool {
    const pool = createPool({ ...this.server.config, ...options })
    this.#pools.push(pool)
    return pool
  }

  async endAll(): Promise<void> {
    this.server.thaw()
    for (const pool of this.#pools.splice(0)) await pool.end({ timeout: 1_000 })
  }
}

/** The first row of an answer. */
export async function first(pool: Pool, sql: string): Promise<RowDataPacket | undefined> {
  const [rows] = await pool.query<RowDataPacket[]>(sql)
  return rows[0]
}

export const idOf = async (pool: Pool) => (await first(pool, 'select connection_id() as id'))?.id

export const inTransaction = async (pool: Pool) => (await first(pool, 'select @@in_transaction as n'))?.n

export const errorOf = (failing: Promise<unknown>) => failing.then(() => undefined).catch((error: Error) => error)

/** The connection behind its promises, which mysql2's types give a wrong type. */
export const coreOf = (connection: PoolConnection) => connection.connection as unknown as mysql.PoolConnection
