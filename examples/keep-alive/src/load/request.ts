import type { LineConnection } from '../protocol/line-connection.js'

/** What became of a request, in numbers; times are ms of `performance.now()`. */
export interface RequestRecord {
  readonly startedAt: number
  /** When its line was first written. */
  readonly sentAt: number | undefined
  readonly settledAt: number | undefined
  /** The server's name for the connection on which its line was last written. */
  readonly connection: string | undefined
  readonly error: unknown
  /** How often its line was written, and how often it was settled: never more than once. */
  readonly timesSent: number
  readonly timesSettled: number
}

/** One request, with its own deadline. */
export class Request implements RequestRecord {
  readonly startedAt = performance.now()
  readonly deadline: AbortSignal
  readonly #number: number
  sentAt: number | undefined = undefined
  settledAt: number | undefined = undefined
  connection: string | undefined = undefined
  error: unknown = undefined
  timesSent = 0
  timesSettled = 0

  constructor(number: number, deadline: number) {
    this.#number = number
    this.deadline = AbortSignal.timeout(deadline)
  }

  /** Asks on this connection, once. From here on it is in flight: if the connection is lost, it fails and is not
   * repeated, because nobody can tell what the server had done. */
  async askOn(connection: LineConnection): Promise<void> {
    this.connection = connection.name
    this.sentAt ??= performance.now()
    this.timesSent++
    const answer = await connection.ask(`GET ${this.#number}`, this.deadline)
    if (answer !== `VALUE ${this.#number}`) throw new Error(`"GET ${this.#number}" was answered with "${answer}"`)
    this.#settle(undefined)
  }

  fail(error: unknown): void {
    this.#settle(error)
  }

  #settle(error: unknown): void {
    this.settledAt = performance.now()
    this.error = error
    this.timesSettled++
  }
}
