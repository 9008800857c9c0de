import { promisify } from 'node:util'
import { RealTimeError } from './real-time-error.js'

interface Asked {
  readonly what: string
  readonly stack: string
  isPending(): boolean
  /** It holds the process, so that Node counts it. */
  isCounted(): boolean
}

/** More are not remembered. */
const ENOUGH = 16

/**
 * Notices when code sets timers of the process. It looks only while it is open, from the moment at which virtual time
 * gets its turn until it yields it, so that what test runners and servers do in between is their own affair. Timers
 * that are set through the globals are known with their stack, others (`node:timers`, `node:timers/promises`) by number
 * while they hold the process.
 */
export class RealTimeWatch {
  #asked: Asked[] = []
  #unknown = 0
  #counted = 0
  #isOpen = false

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Needs `hold()`, from before until after `close`. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    watching.add(this)
    this.#counted = countTimers()
  }

  /** `counts` says that nothing else has run since `open`. */
  close(counts: boolean): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    watching.delete(this)
    if (!counts) return
    const known = this.#asked.filter((asked) => asked.isCounted()).length
    this.#unknown += Math.max(0, countTimers() - this.#counted - known)
  }

  note(asked: Asked): void {
    if (this.#asked.length < ENOUGH) this.#asked.push(asked)
  }

  /** What to say of a timer that is pending. */
  complaint(): RealTimeError | undefined {
    if (this.#asked.length === 0 && this.#unknown === 0) return undefined
    this.#asked = this.#asked.filter((asked) => asked.isPending())
    const [first] = this.#asked
    if (first !== undefined) return new RealTimeError(first.what, first.stack)
    if (this.#unknown === 0) return undefined
    this.#unknown = 0
    return new RealTimeError(undefined)
  }
}

const watching = new Set<RealTimeWatch>()

let holders = 0

/** Puts the interceptors of the globals in place, until as many calls of `release` as of this. They cost those who
 * change them 10 µs, and others little: held through a whole passage, not for each look. */
export function hold(): void {
  if (holders++ === 0) intercept()
}

export function release(): void {
  if (--holders === 0) restore()
}

const real = { setTimeout, setInterval, timeout: AbortSignal.timeout }

const interceptors = {
  setTimeout: imitating(
    () => real.setTimeout,
    function interceptedSetTimeout(...args: Parameters<typeof setTimeout>) {
      const timer = real.setTimeout(...args)
      noteTimer('setTimeout', timer, interceptors.setTimeout)
      return timer
    },
  ),
  setInterval: imitating(
    () => real.setInterval,
    function interceptedSetInterval(...args: Parameters<typeof setInterval>) {
      const timer = real.setInterval(...args)
      noteTimer('setInterval', timer, interceptors.setInterval)
      return timer
    },
  ),
  timeout(ms: number): AbortSignal {
    const signal = real.timeout.call(AbortSignal, ms)
    const isPending = () => !signal.aborted
    note('AbortSignal.timeout', isPending, () => false, interceptors.timeout)
    return signal
  },
}

/** Node's `promisify` finds another implementation on the function. */
function imitating<T extends object>(original: () => T, imitation: object): T {
  const custom = { get: () => (original() as Record<symbol, unknown>)[promisify.custom] }
  return Object.defineProperty(imitation, promisify.custom, custom) as T
}

function intercept(): void {
  // Fake timers that were installed meanwhile may have put an interceptor back.
  if (globalThis.setTimeout !== interceptors.setTimeout) real.setTimeout = globalThis.setTimeout
  if (globalThis.setInterval !== interceptors.setInterval) real.setInterval = globalThis.setInterval
  if (AbortSignal.timeout !== interceptors.timeout) real.timeout = AbortSignal.timeout
  globalThis.setTimeout = interceptors.setTimeout
  globalThis.setInterval = interceptors.setInterval
  AbortSignal.timeout = interceptors.timeout
}

/** Unless somebody else has put theirs in place meanwhile. */
function restore(): void {
  if (globalThis.setTimeout === interceptors.setTimeout) globalThis.setTimeout = real.setTimeout
  if (globalThis.setInterval === interceptors.setInterval) globalThis.setInterval = real.setInterval
  if (AbortSignal.timeout === interceptors.timeout) AbortSignal.timeout = real.timeout
}

function noteTimer(what: string, timer: NodeJS.Timeout, from: unknown): void {
  if (watching.size === 0) return
  const isPending = () => (timer as { _destroyed?: boolean })._destroyed !== true
  note(what, isPending, () => isPending() && timer.hasRef?.() === true, from)
}

function note(what: string, isPending: () => boolean, isCounted: () => boolean, from: unknown): void {
  if (watching.size === 0) return
  const trace = new Error(what)
  Error.captureStackTrace(trace, from as () => void)
  const stack = (trace.stack ?? '').split('\n').slice(1).join('\n')
  for (const watch of watching) watch.note({ what, stack, isPending, isCounted })
}

function countTimers(): number {
  let count = 0
  for (const resource of process.getActiveResourcesInfo()) if (resource === 'Timeout') count++
  return count
}
