import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Told } from './server/main.js'

/** The server of one run, in processes of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(): Promise<ServerProcess> {
    const file = fileURLToPath(new URL('server/main.ts', import.meta.url))
    const child = fork(file, { execArgv: ['--import', 'tsx'] })
    const [told] = (await once(child, 'message')) as [Told]
    return new ServerProcess(child, 'port' in told ? told.port : 0)
  }

  /** Resolves when the generation before has ended. */
  async reload(): Promise<void> {
    this.#child.send('reload')
    await once(this.#child, 'message')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.disconnect()
    await once(this.#child, 'exit')
  }
}
