import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import mysql, { type RowDataPacket } from 'mysql2/promise'
import { RealServer } from '../../../testing/test/real-servers/real-server.js'

const user = 'millpond'
const password = 'millpond-secret'
const database = 'shop'
const host = '127.0.0.1'
const isRoot = process.getuid?.() === 0

const certificate = (name: string) => fileURLToPath(new URL(`../postgres/certificates/${name}`, import.meta.url))

/** A MariaDB from the system's packages on a free loopback port, for one test file. */
export class MariadbServer {
  readonly #server: RealServer

  private constructor(server: RealServer) {
    this.#server = server
  }

  /** Resolves when it takes logins. `settings` as in my.cnf. */
  static async start(settings: Record<string, string | number> = {}): Promise<MariadbServer> {
    let isInstalled = false
    const args = async (port: number, folder: string) => {
      if (!isInstalled) await install(folder)
      isInstalled = true
      return argumentsFor(port, folder, settings)
    }
    return new MariadbServer(await RealServer.start({ program: 'mariadbd', args, probe }))
  }

  /** For a pool or a connection. */
  get config() {
    return { host, port: this.#server.port, user, password, database }
  }

  get uri(): string {
    return `mysql://${user}:${password}@${host}:${this.#server.port}/${database}`
  }

  get port(): number {
    return this.#server.port
  }

  /** Again, after `kill`. */
  start(): Promise<void> {
    return this.#server.start()
  }

  /** Runs one statement as an administrator, on a connection of its own. */
  async run<T extends RowDataPacket>(sql: string, values: unknown[] = []): Promise<T[]> {
    const connection = await mysql.createConnection({ host, port: this.port, user: 'root', database })
    try {
      const [rows] = await connection.query<T[]>(sql, values)
      return rows
    } finally {
      await connection.end()
    }
  }

  /** Ids of the sessions that the server has open for a user. */
  async sessions(of: string = user): Promise<number[]> {
    const rows = await this.run('select id from information_schema.processlist where user = ?', [of])
    return rows.map(({ id }) => id)
  }

  /** Statements that the server is running for the user. */
  async running(): Promise<string[]> {
    const rows = await this.run(
      "select info from information_schema.processlist where user = ? and command in ('Query', 'Execute')",
      [user],
    )
    return rows.map(({ info }) => info)
  }

  /** kill -9; resolves when it is gone. */
  kill(): Promise<void> {
    return this.#server.kill()
  }

  /** SIGSTOP: it answers nothing, and its connections stay open. */
  freeze(): void {
    this.#server.freeze()
  }

  thaw(): void {
    this.#server.thaw()
  }

  /** Nothing of it is left. */
  stop(): Promise<void> {
    return this.#server.stop()
  }
}

const initFile = `
create database if not exists ${database};
create user if not exists ${user} identified by '${password}';
grant all on ${database}.* to ${user};
`

/** A server that starts deletes the temporary tables that it finds, those of others in the same place as well. */
function ownFolders(folder: string): string[] {
  return [`--datadir=${join(folder, 'data')}`, `--tmpdir=${folder}`]
}

async function install(folder: string): Promise<void> {
  await promisify(execFile)('mariadb-install-db', [
    '--no-defaults',
    ...ownFolders(folder),
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    ...(isRoot ? ['--user=root'] : []),
  ])
  await writeFile(join(folder, 'init.sql'), initFile)
}

function argumentsFor(port: number, folder: string, settings: Record<string, string | number>): string[] {
  return [
    '--no-defaults',
    ...(isRoot ? ['--user=root'] : []),
    ...ownFolders(folder),
    `--port=${port}`,
    `--bind-address=${host}`,
    `--socket=${join(folder, 'mariadb.sock')}`,
    `--pid-file=${join(folder, 'mariadb.pid')}`,
    `--init-file=${join(folder, 'init.sql')}`,
    `--ssl-cert=${certificate('server.pem')}`,
    `--ssl-key=${certificate('key.pem')}`,
    '--skip-name-resolve',
    '--performance-schema=off',
    '--innodb-buffer-pool-size=16M',
    // What is acknowledged survives the death of the server, if not that of the machine.
    '--innodb-flush-log-at-trx-commit=2',
    ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`),
  ]
}

async function probe(port: number): Promise<void> {
  const connection = await mysql.createConnection({ host, port, user, password, database, connectTimeout: 5_000 })
  await connection.end()
}
