import type { Adapter, CloseReason } from '@millpond/core'
import type { AdapterSetup, AdapterSuiteOptions } from './adapter-suite-options.js'
import { broken } from './broken.js'
import { delivered, eventually } from './eventually.js'
import { type Outcome, observe, show, tell } from './observe.js'
import { AFTERWARDS, CALL, DEADLINE, SHORTLY } from './patience.js'
import { ServerView } from './server-view.js'

/** ms to give a new connection until the server has noticed it. */
const NOTICE = 300

/** One test's adapter and server. It calls the adapter as a pool does, and ends what a clause leaves open. */
export class Bench<R> {
  readonly adapter: Adapter<R>
  readonly server: ServerView<R>
  readonly options: AdapterSuiteOptions<R>
  readonly #setup: AdapterSetup<R>
  readonly #open = new Set<R>()
  #opens = 0
  #before = 0

  private constructor(setup: AdapterSetup<R>, options: AdapterSuiteOptions<R>) {
    this.#setup = setup
    this.adapter = setup.adapter
    this.server = new ServerView(setup.server)
    this.options = options
  }

  static async set<R>(options: AdapterSuiteOptions<R>): Promise<Bench<R>> {
    const bench = new Bench(checkSetup(await options.setup()), options)
    // What the setup itself has connected does not count.
    if (bench.server.can('openCount')) bench.#before = await bench.server.openCount()
    return bench
  }

  /** Ends what is left, and the server. */
  async clear(): Promise<void> {
    try {
      await this.server.heal()
      for (const resource of this.#open) await this.end(resource)
    } finally {
      await this.#setup.teardown()
    }
  }

  /** Opens one, which must succeed. */
  async open(): Promise<R> {
    const outcome = await this.tryOpen()
    if (outcome.how !== 'resolved' || isNothing(outcome.value)) {
      const cause = outcome.how === 'rejected' || outcome.how === 'threw' ? outcome.error : undefined
      throw broken('open gives a resource while the server accepts', `it ${tell(outcome)}`, cause)
    }
    const resource = outcome.value
    if (this.server.can('isOpen')) await eventually(() => this.server.isOpen(resource), NOTICE)
    return resource
  }

  /** Opens one, whatever comes of it. */
  async tryOpen(signal: AbortSignal = new AbortController().signal, limit = CALL): Promise<Outcome<R>> {
    this.#opens++
    const context = { signal, connectionId: this.#opens, timeout: limit, attempt: 1 }
    const outcome = await observe(() => this.adapter.open(context), limit)
    this.#keep(outcome)
    if (outcome.how === 'pending') void outcome.later.then((late) => this.#keep(late))
    return outcome
  }

  /** Closes it gracefully. `deadline` is after how many ms the signal aborts. */
  close(resource: R, deadline = CALL): Promise<Outcome<void>> {
    this.#open.delete(resource)
    return this.#withDeadline(deadline, (signal) => this.adapter.close(resource, { signal, reason: 'retired' }))
  }

  /** Ends it at once. Throws what the adapter throws. */
  destroy(resource: R, reason: CloseReason = 'destroyed'): void {
    this.#open.delete(resource)
    this.adapter.destroy?.(resource, reason)
  }

  /** Ends it like a pool that has given it up: by `destroy`, else `close`. Failures are other clauses' affair. */
  async end(resource: R): Promise<void> {
    try {
      if (this.adapter.destroy === undefined) await this.close(resource, DEADLINE)
      else this.destroy(resource)
    } catch {}
  }

  /** Calls the adapter's check; its signal aborts after `timeout` ms. */
  check(resource: R, timeout = CALL): Promise<Outcome<unknown>> {
    return this.#withDeadline(timeout, (signal) => this.adapter.check?.(resource, { signal, timeout }))
  }

  /** Calls the adapter's reset; its signal aborts after `timeout` ms. */
  reset(resource: R, timeout = CALL): Promise<Outcome<unknown>> {
    return this.#withDeadline(timeout, (signal) => this.adapter.reset?.(resource, { signal, timeout }))
  }

  /** What the adapter answers, whatever that is; undefined where it has no answer. */
  isUsable(resource: R): unknown {
    try {
      return this.adapter.isUsable?.(resource)
    } catch (error) {
      throw broken('isUsable gives true or false', `it threw ${show(error)}`, error)
    }
  }

  /** Throws unless it is usable, healthy, and good for an exchange, as far as adapter and author can tell. */
  async expectGood(resource: R, when: string): Promise<void> {
    const { adapter } = this
    const isUsable = this.isUsable(resource)
    if (adapter.isUsable !== undefined && isUsable !== true) {
      throw broken(`isUsable is true ${when}`, `it gave ${show(isUsable)}`)
    }
    if (adapter.check !== undefined) {
      const outcome = await this.check(resource)
      if (outcome.how !== 'resolved') throw broken(`check resolves ${when}`, `it ${tell(outcome)}`, causeOf(outcome))
    }
    await this.expectUse(resource, when)
  }

  /** Throws unless one exchange works, where the author has said what that is. */
  async expectUse(resource: R, when: string): Promise<void> {
    const outcome = await observe(() => this.options.use?.(resource), CALL)
    if (outcome.how === 'resolved') return
    throw broken(`a borrower can work with it ${when}`, `use(resource) ${tell(outcome)}`, causeOf(outcome))
  }

  /** What the server has open, besides what the setup itself has. */
  async countOpen(): Promise<number> {
    return (await this.server.openCount()) - this.#before
  }

  /** Throws unless the server shortly sees so many connections, besides those of the setup. */
  async expectOpenCount(count: number, when: string): Promise<void> {
    if (!this.server.can('openCount')) return
    let seen = 0
    const isSo = async () => {
      seen = await this.countOpen()
      return seen === count
    }
    if (await eventually(isSo, SHORTLY)) return
    throw broken(`the server has ${count} open ${when}`, `after ${SHORTLY} ms server.openCount() says ${seen}`)
  }

  /** Throws unless the server shortly sees that this one is gone. */
  async expectGone(resource: R, when: string): Promise<void> {
    if (!this.server.can('isOpen')) return
    if (await eventually(async () => !(await this.server.isOpen(resource)), SHORTLY)) return
    throw broken(`the server no longer has it open ${when}`, `after ${SHORTLY} ms server.isOpen() is still true`)
  }

  /** Throws unless nothing is left: as many as `count` open now, and one more where one more is opened. A connection on
   * its way to the server arrives before one that set out later. */
  async expectNothingLeft(when: string): Promise<void> {
    await this.expectOpenCount(0, when)
    const fence = await this.open()
    await this.expectOpenCount(1, `${when}, and one is opened`)
    await this.close(fence)
    await this.expectOpenCount(0, `${when}, and one is opened and closed`)
  }

  /** Kills it, and waits until this side can know. */
  async kill(resource: R): Promise<void> {
    await this.server.kill(resource)
    await this.noticed(resource)
  }

  /** Waits until this side can know that the server has ended it. */
  async noticed(resource: R): Promise<void> {
    if (this.adapter.isUsable !== undefined) await eventually(() => this.isUsable(resource) === false, NOTICE)
    await delivered()
  }

  #keep(outcome: Outcome<R>): void {
    if (outcome.how === 'resolved' && !isNothing(outcome.value)) this.#open.add(outcome.value)
  }

  async #withDeadline<T>(ms: number, call: (signal: AbortSignal) => Promise<T> | T): Promise<Outcome<T>> {
    const aborter = new AbortController()
    const timer = setTimeout(() => aborter.abort(), ms)
    const outcome = await observe(() => call(aborter.signal), ms + AFTERWARDS)
    clearTimeout(timer)
    return outcome
  }
}

/** The error of an outcome, to be the cause of another. */
export function causeOf(outcome: Outcome<unknown>): unknown {
  return outcome.how === 'rejected' || outcome.how === 'threw' ? outcome.error : undefined
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null
}

function checkSetup<R>(setup: AdapterSetup<R>): AdapterSetup<R> {
  if (typeof setup?.adapter?.open !== 'function' || typeof setup.adapter.close !== 'function') {
    throw broken('setup() gives { adapter, server, teardown }', 'its adapter has no open or no close')
  }
  if (typeof setup.server !== 'object' || setup.server === null) {
    throw broken('setup() gives { adapter, server, teardown }', 'its server is no object')
  }
  if (typeof setup.teardown !== 'function') {
    throw broken('setup() gives { adapter, server, teardown }', 'its teardown is no function')
  }
  return setup
}
