import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { program } from '../program.js'

/** What a server tells: its port first, then how many connections it has accepted whenever it is asked. */
export type Answer = { readonly port: number } | { readonly accepted: number }

/** A server in a process of its own. */
export class ServerProcess {
  readonly port: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.port = port
  }

  static async start(name: 'server' | 'closing-server', argument = 1): Promise<ServerProcess> {
    const { path, ...options } = program(`http/${name}`)
    const child = fork(path, [String(argument)], options)
    const [answer] = (await once(child, 'message')) as [Answer]
    return new ServerProcess(child, 'port' in answer ? answer.port : 0)
  }

  /** Connections since its start. */
  async accepted(): Promise<number> {
    const answer = once(this.#child, 'message')
    this.#child.send('accepted')
    const [told] = (await answer) as [Answer]
    return 'accepted' in told ? told.accepted : 0
  }

  /** As many as it was told to listen on. */
  origins(count = 1): string[] {
    if (count === 1) return [`http://127.0.0.1:${this.port}`]
    return Array.from(
      { length: count },
      (_, index) => `http://127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}:${this.port}`,
    )
  }

  end(): void {
    this.#child.disconnect()
  }
}
