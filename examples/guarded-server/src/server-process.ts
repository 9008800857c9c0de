import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Counts } from './server.js'

/** The server of one run, in a process of its own. */
export class ServerProcess implements AsyncDisposable {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(kind: 'guarded' | 'unguarded'): Promise<ServerProcess> {
    const file = fileURLToPath(new URL('server.ts', import.meta.url))
    const child = fork(file, [kind], { execArgv: ['--import', 'tsx'] })
    const [{ port }] = (await once(child, 'message')) as [{ port: number }]
    return new ServerProcess(child, port)
  }

  async counts(): Promise<Counts> {
    this.#child.send('counts')
    const [counts] = await once(this.#child, 'message')
    return counts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill()
    await once(this.#child, 'exit')
  }
}
