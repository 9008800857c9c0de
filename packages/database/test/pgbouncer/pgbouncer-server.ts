import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { RealServer } from '../../../testing/test/real-servers/real-server.js'
import type { PostgresServer } from '../postgres/postgres-server.js'

/** It refuses to be root's. */
const nobody = { uid: 65_534, gid: 65_534 }

/** A PgBouncer in transaction mode before a PostgreSQL, on a free loopback port. */
export class PgBouncer {
  readonly process: RealServer
  readonly #target: PostgresServer

  private constructor(process: RealServer, target: PostgresServer) {
    this.process = process
    this.#target = target
  }

  /** `settings` as in pgbouncer.ini. */
  static async start(target: PostgresServer, settings: Record<string, string | number> = {}): Promise<PgBouncer> {
    const server = await RealServer.start({
      program: 'pgbouncer',
      ...(process.getuid?.() === 0 && { as: nobody }),
      async args(port, folder) {
        const file = join(folder, 'pgbouncer.ini')
        await writeFile(file, configuration(target, port, settings))
        return [file]
      },
    })
    return new PgBouncer(server, target)
  }

  /** For a pool or a client. */
  get config() {
    const { user, password, database } = this.#target.config
    return { host: '127.0.0.1', port: this.process.port, user, password, database }
  }

  /** A command of its console, as RELOAD or SHOW CLIENTS. */
  async console<T extends pg.QueryResultRow>(command: string): Promise<T[]> {
    const client = new pg.Client({ ...this.config, database: 'pgbouncer' })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<T>(command)).rows
    } finally {
      await client.end()
    }
  }

  /** Clients that it has, as it counts them, without those of the console. */
  async clients(): Promise<number> {
    const rows = await this.console<{ database: string }>('SHOW CLIENTS')
    return rows.filter(({ database }) => database !== 'pgbouncer').length
  }
}

function configuration(target: PostgresServer, port: number, settings: Record<string, string | number>): string {
  const { host, user, password } = target.config
  const options = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'any',
    admin_users: user,
    pool_mode: 'transaction',
    // It would wait 15 s before it tries a server again that has refused it.
    server_login_retry: 1,
    ...settings,
  }
  const lines = Object.entries(options).map(([name, value]) => `${name} = ${value}`)
  return [
    '[databases]',
    `* = host=${host} port=${target.port} user=${user} password=${password}`,
    '[pgbouncer]',
    ...lines,
    '',
  ].join('\n')
}
