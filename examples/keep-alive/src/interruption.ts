import { constants } from 'node:os'

/** Ends the program early: Ctrl-C, a SIGTERM, the time limit, or nobody left to read its output. `exitCode` says which, and is undefined before. */
export class Interruption {
  readonly #controller = new AbortController()
  readonly signal = this.#controller.signal
  exitCode: number | undefined = undefined

  constructor(limit: number) {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        const code = 128 + constants.signals[name]
        // The second time, whoever asks is in a hurry.
        if (this.signal.aborted) process.exit(code)
        this.#end(code, `ended by ${name}`)
      })
    }
    process.stdout.on('error', () => this.#end(1, 'nobody reads the output'))
    setTimeout(() => this.#end(1, `not done after ${limit / 1_000} s`), limit).unref()
  }

  #end(code: number, why: string): void {
    this.exitCode ??= code
    this.#controller.abort(new Error(why))
  }
}
