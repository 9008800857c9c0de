import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ServerCosts } from '../options.js'
import { choosePort } from './choose-port.js'
import type { Command, Counts, Report } from './messages.js'

const program = fileURLToPath(new URL('./main.ts', import.meta.url))
/** From here tsx is found, wherever we were started. */
const cwd = fileURLToPath(new URL('.', import.meta.url))

type Told<T extends Report['type']> = Extract<Report, { type: T }>

/** When we cut a connection from the server's side: from the order until it was carried out; ms of `performance.now()`. */
export interface Cut {
  readonly from: number
  readonly to: number
}

/** The server in its process, which can be killed and started again on the same port. */
export class ServerProcess {
  readonly port: number
  readonly #costs: ServerCosts
  readonly #kills = new Map<number, Cut>()
  readonly #resets = new Map<string, Cut>()
  #child: ChildProcess | undefined
  #most = 0
  #acceptedByEarlier = 0
  #accepted = 0

  private constructor(port: number, costs: ServerCosts) {
    this.port = port
    this.#costs = costs
  }

  static async start(costs: ServerCosts): Promise<ServerProcess> {
    const server = new ServerProcess(await choosePort(), costs)
    await server.start()
    return server
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** The most connections that any of its lives has counted at once. */
  get most(): number {
    return this.#most
  }

  /** The connections that all its lives have accepted. */
  get accepted(): number {
    return this.#acceptedByEarlier + this.#accepted
  }

  /** The reset or else the kill that ended the connection to which the server gave this name, if one has. */
  cutOf(connection: string): Cut | undefined {
    return this.#resets.get(connection) ?? this.#kills.get(Number(connection.split('-')[0]))
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const child = fork(program, [String(this.port), JSON.stringify(this.#costs)], {
      execArgv: ['--import', 'tsx'],
      cwd,
    })
    this.#child = child
    child.on('message', (report: Report) => {
      if (report.type !== 'changed') return
      this.#most = Math.max(this.#most, report.counts.most)
      this.#accepted = report.counts.accepted
    })
    await this.#told('listening')
  }

  /** SIGKILL: no goodbye, the kernel closes its sockets. Resolves when it is gone. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const { pid } = this
    const from = performance.now()
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'close') : undefined
    child.kill('SIGKILL')
    await gone
    this.#kills.set(pid, { from, to: performance.now() })
    this.#child = undefined
    this.#acceptedByEarlier += this.#accepted
    this.#accepted = 0
  }

  /** Has it reset so many of its connections; resolves with how many there were to reset. */
  async reset(sockets: number): Promise<number> {
    const from = performance.now()
    this.#send({ type: 'reset', sockets })
    const { connections } = await this.#told('reset')
    const to = performance.now()
    for (const connection of connections) this.#resets.set(connection, { from, to })
    return connections.length
  }

  /** Asks it for its present counts. */
  async count(): Promise<Counts> {
    this.#send({ type: 'count' })
    return (await this.#told('counted')).counts
  }

  #send(command: Command): void {
    this.#child?.send(command)
  }

  #told<T extends Report['type']>(type: T): Promise<Told<T>> {
    return new Promise((resolve, reject) => {
      const child = this.#child
      const settle = () => child?.off('message', onMessage).off('exit', onExit)
      const onMessage = (report: Report) => {
        if (report.type !== type) return
        settle()
        resolve(report as Told<T>)
      }
      const onExit = () => {
        settle()
        reject(new Error(`the server ended before it was "${type}"`))
      }
      child?.on('message', onMessage).on('exit', onExit)
      if (child === undefined) onExit()
    })
  }
}
