import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { GuardOptions } from '@millpond/http/server'
import type { Answer, Command } from './server.js'

const program = fileURLToPath(new URL('server.ts', import.meta.url))
const folder = fileURLToPath(new URL('../../..', import.meta.url))

/** A server in a process of its own, whose CPU time and memory are its alone. */
export class ServerProcess {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(kind: 'plain' | 'guarded', options: GuardOptions = {}): Promise<ServerProcess> {
    const tsx = createRequire(import.meta.url).resolve('tsx')
    const child = fork(program, [kind, JSON.stringify(options)], {
      cwd: folder,
      execArgv: ['--expose-gc', '--import', tsx],
    })
    const [{ port }] = (await once(child, 'message')) as [Answer]
    return new ServerProcess(child, port as number)
  }

  async ask(ask: Command['ask']): Promise<Answer> {
    const answer = once(this.#child, 'message')
    this.#child.send({ ask } satisfies Command)
    return (await answer)[0] as Answer
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.send({ ask: 'stop' } satisfies Command)
    await exited
  }
}
