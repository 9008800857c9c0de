import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConnection } from 'mysql2/promise'
import { freePort } from './free-port.js'

const environment = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin` }

/** A MariaDB on a free loopback port, where one is installed. */
export class Mariadb {
  readonly url: string
  readonly #folder: string
  readonly #process: ChildProcess

  private constructor(url: string, folder: string, process: ChildProcess) {
    this.url = url
    this.#folder = folder
    this.#process = process
  }

  /** Undefined where there is none. */
  static async start(): Promise<Mariadb | undefined> {
    const folder = await mkdtemp(join(tmpdir(), 'millpond-bench-'))
    const data = join(folder, 'data')
    const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
    try {
      await promisify(execFile)(
        'mariadb-install-db',
        [
          '--no-defaults',
          `--datadir=${data}`,
          `--tmpdir=${folder}`,
          '--auth-root-authentication-method=normal',
          ...asRoot,
        ],
        { env: environment },
      )
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    const init = join(folder, 'init.sql')
    // A statement a line: the server takes no more of each.
    const statements = ['create database bench', "create user bench identified by 'bench'", 'grant all on *.* to bench']
    writeFileSync(init, `${statements.join(';\n')};\n`)
    const port = await freePort()
    const server = spawn(
      'mariadbd',
      [
        '--no-defaults',
        `--datadir=${data}`,
        `--tmpdir=${folder}`,
        `--socket=${join(folder, 'socket')}`,
        `--init-file=${init}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--max-connections=300',
        ...asRoot,
      ],
      { env: environment, stdio: 'ignore' },
    )
    const url = `mysql://bench:bench@127.0.0.1:${port}/bench`
    const started = new Mariadb(url, folder, server)
    try {
      await takesLogins(url)
    } catch (error) {
      await started.end()
      throw error
    }
    return started
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once('exit', resolve))
    this.#process.kill('SIGKILL')
    await gone
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function takesLogins(url: string): Promise<void> {
  const until = performance.now() + 20_000
  for (;;) {
    try {
      const connection = await createConnection(url)
      await connection.end()
      return
    } catch (error) {
      if (performance.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
