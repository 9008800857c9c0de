import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { find, type Program } from './describe-with.js'
import { freePort } from './free-port.js'
import { familyOf, killFamily, signal, watchdog } from './process-family.js'

export interface RealServerSettings {
  readonly program: Program
  /** The command line, given the port to listen on and a folder of its own. May write files there. */
  readonly args: (port: number, folder: string) => readonly string[] | Promise<readonly string[]>
  /** The user and group to run as, for programs that refuse to be root's. */
  readonly as?: { readonly uid: number; readonly gid: number }
  /** Rejects while the server is not ready. Default: that it takes a TCP connection. */
  readonly probe?: (port: number) => Promise<void>
  /** Default 20 000 ms. */
  readonly startTimeout?: number
}

/** A server from the system's packages, in the foreground, on a free loopback port, in a folder of its own. */
export class RealServer {
  readonly #settings: RealServerSettings
  readonly port: number
  readonly folder: string
  #child: ChildProcess | undefined
  #watchdog: ChildProcess | undefined
  #output = ''

  private constructor(settings: RealServerSettings, port: number, folder: string) {
    this.#settings = settings
    this.port = port
    this.folder = folder
  }

  /** Resolves when it is ready. */
  static async start(settings: RealServerSettings): Promise<RealServer> {
    const folder = await mkdtemp(join(tmpdir(), `millpond-${settings.program}-`))
    await chmod(folder, 0o777)
    const server = new RealServer(settings, await freePort(), folder)
    await server.start()
    return server
  }

  /** What it has printed since its first start. */
  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Again, after `kill`; resolves when it is ready. */
  async start(): Promise<void> {
    const { program, args, as } = this.#settings
    const path = find(program)
    if (path === undefined) throw new Error(`${program} is not installed`)
    const child = spawn(path, await args(this.port, this.folder), {
      ...as,
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    const note = (data: unknown) => {
      this.#output += String(data)
    }
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    child.on('error', note)
    this.#watchdog = watchdog(child.pid as number)
    await this.#ready(child)
  }

  /** kill -9 of it and its children; resolves when they are gone. */
  async kill(): Promise<void> {
    this.#endWatchdog()
    if (this.#child !== undefined) await killFamily(this.#child)
  }

  /** SIGSTOP: it answers nothing, and its connections stay open. */
  freeze(): void {
    for (const pid of familyOf(this.pid)) signal(pid, 'SIGSTOP')
  }

  thaw(): void {
    for (const pid of familyOf(this.pid)) signal(pid, 'SIGCONT')
  }

  signal(which: NodeJS.Signals): void {
    signal(this.pid, which)
  }

  /** Nothing of it is left. */
  async stop(): Promise<void> {
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
  }

  async #ready(child: ChildProcess): Promise<void> {
    const { probe = takesConnections, startTimeout = 20_000 } = this.#settings
    const until = performance.now() + startTimeout
    for (;;) {
      try {
        await probe(this.port)
        return
      } catch (error) {
        const isOver = child.exitCode !== null || child.signalCode !== null || performance.now() > until
        if (isOver) throw new Error(`${this.#settings.program} did not start:\n${this.#output}`, { cause: error })
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    }
  }

  #endWatchdog(): void {
    this.#watchdog?.kill('SIGKILL')
    this.#watchdog = undefined
  }
}

async function takesConnections(port: number): Promise<void> {
  const socket = net.connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
  } finally {
    socket.destroy()
  }
}
