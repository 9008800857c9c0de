import { broken } from './broken.js'
import { observe, show, tell } from './observe.js'
import { CALL } from './patience.js'
import type { ServerTruth } from './server-truth.js'

/** The server of one test: asks it, does things to it, and undoes them. It is given one trouble at a time. */
export class ServerView<R> {
  readonly #truth: ServerTruth<R>
  #isRefusing = false
  #isSilent = false
  #isStopped = false

  constructor(truth: ServerTruth<R>) {
    this.#truth = truth
  }

  can(what: keyof ServerTruth<R>): boolean {
    return typeof this.#truth[what] === 'function'
  }

  /** Neither refusing nor silent nor stopped. */
  get isWell(): boolean {
    return !this.#isRefusing && !this.#isSilent && !this.#isStopped
  }

  get isRefusing(): boolean {
    return this.#isRefusing
  }

  get isSilent(): boolean {
    return this.#isSilent
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  async openCount(): Promise<number> {
    const count = await this.#call('openCount', () => this.#truth.openCount?.())
    if (typeof count === 'number' && count >= 0) return count
    throw new TypeError(`server.openCount() gave ${show(count)}, not a number of connections`)
  }

  async isOpen(resource: R): Promise<boolean> {
    const isOpen = await this.#call('isOpen', () => this.#truth.isOpen?.(resource))
    if (typeof isOpen === 'boolean') return isOpen
    throw new TypeError(`server.isOpen() gave ${show(isOpen)}, not true or false`)
  }

  async kill(resource: R): Promise<void> {
    await this.#call('kill', () => this.#truth.kill?.(resource))
  }

  async refuse(on: boolean): Promise<void> {
    if (on && !this.#isRefusing) await this.heal()
    await this.#call('refuse', () => this.#truth.refuse?.(on))
    this.#isRefusing = on
  }

  async blackhole(on: boolean): Promise<void> {
    if (on && !this.#isSilent) await this.heal()
    await this.#call('blackhole', () => this.#truth.blackhole?.(on))
    this.#isSilent = on
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return
    await this.heal()
    await this.#call('stop', () => this.#truth.stop?.())
    this.#isStopped = true
  }

  async start(): Promise<void> {
    if (!this.#isStopped) return
    await this.#call('start', () => this.#truth.start?.())
    this.#isStopped = false
  }

  /** Undoes whatever was done to the server as a whole. */
  async heal(): Promise<void> {
    if (this.#isStopped && this.can('start')) await this.start()
    if (this.#isRefusing) await this.refuse(false)
    if (this.#isSilent) await this.blackhole(false)
  }

  async #call<T>(method: string, call: () => Promise<T> | T): Promise<T> {
    const outcome = await observe(call, CALL)
    if (outcome.how === 'resolved') return outcome.value
    const cause = outcome.how === 'pending' ? undefined : outcome.error
    throw broken(`server.${method}() of the setup does what it is asked`, `it ${tell(outcome)}`, cause)
  }
}
