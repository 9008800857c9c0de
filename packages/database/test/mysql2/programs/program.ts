import { once } from 'node:events'
import net from 'node:net'
import type callback from 'mysql2'
import type { Pool as TheirPool } from 'mysql2/promise'
import type { PoolOptions } from '../../../src/mysql2.js'

/** mysql2's pool or ours: programs cannot tell. */
export type AnyPool = TheirPool

export interface Program {
  readonly does: string
  readonly options?: PoolOptions
  /** What can be seen of it. */
  readonly run: (pool: AnyPool, make: (options: PoolOptions | string) => AnyPool) => Promise<unknown>
}

/** What is told of an error: its text, and what code looks at. The pool's own have mysqljs's codes here. */
export async function failure(failing: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof failing === 'function' ? failing() : failing)
    return 'no error'
  } catch (error) {
    const { name, message, code, errno, sqlState, fatal, sql } = error as callback.QueryError & { sql?: string }
    return { name, message, code: code?.startsWith('POOL_') ? undefined : code, errno, sqlState, fatal, sql }
  }
}

/** Resolves with the arguments of a callback. */
export const called = (run: (done: (...args: unknown[]) => void) => unknown) =>
  new Promise<unknown[]>((resolve) => run((...args) => resolve(args)))

export const rowsOf = async (answer: Promise<[unknown, unknown]>) => (await answer)[0]

export const idOf = async (pool: AnyPool) =>
  ((await rowsOf(pool.query('select connection_id() as id'))) as { id: number }[])[0]?.id

/** The events of a pool as they come, with the connection that each is about. */
export function record(pool: AnyPool): unknown[] {
  const seen: unknown[] = []
  const connections: unknown[] = []
  const name = (connection: unknown) => {
    if (!connections.includes(connection)) connections.push(connection)
    return `connection ${connections.indexOf(connection) + 1}`
  }
  for (const event of ['connection', 'acquire', 'release'] as const) {
    pool.on(event as 'release', (connection: unknown) => seen.push([event, name(connection)]))
  }
  pool.on('enqueue', () => seen.push(['enqueue']))
  return seen
}

/** Takes connections and never says a word. */
export async function silentServer(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => sockets.add(socket.on('error', () => {})))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port: (server.address() as net.AddressInfo).port, close }
}

/** The login of a pool. */
export function configOf(pool: AnyPool) {
  return (
    pool.pool.config as unknown as {
      connectionConfig: Record<'user' | 'password' | 'host' | 'database', string> & { port: number }
    }
  ).connectionConfig
}
