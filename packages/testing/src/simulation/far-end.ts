import type { Clock } from '@millpond/core'
import type { FaultSchedule, SimulatedCall } from './fault.js'
import { type Latency, sampler } from './latency.js'
import { SimulatedFailure } from './simulated-failure.js'
import { type ResourceOwner, SimulatedResource } from './simulated-resource.js'
import { StruckCalls } from './struck-calls.js'
import type { Violation } from './violation.js'

/** What is open at the far end, and what has been. */
export interface SimulatedCounts {
  /** Opens in progress. */
  connecting: number
  /** Resources that are open or lost, and have been neither closed nor destroyed. */
  open: number
  /** Resources that a pool watches. */
  watched: number
  /** Opens that succeeded, late ones included. */
  opened: number
  /** Opens that failed or were given up. */
  failed: number
  closed: number
  destroyed: number
  lost: number
}

/** How one call goes. */
interface Course<T> {
  readonly call: SimulatedCall
  readonly signal: AbortSignal
  /** Called when it succeeds; may throw. */
  readonly succeed: () => T
  /** Called when it ends in any other way. */
  readonly fail: () => void
}

export interface FarEndOptions {
  readonly latencies: Readonly<Record<SimulatedCall, Latency>>
  readonly faults: FaultSchedule
  readonly capacity: number
  readonly clock: Clock
  readonly random: () => number
}

/** What the simulated adapter talks to: takes its time, fails by schedule, and keeps count. */
export class FarEnd implements ResourceOwner {
  readonly capacity: number
  readonly counts: SimulatedCounts = {
    connecting: 0,
    open: 0,
    watched: 0,
    opened: 0,
    failed: 0,
    closed: 0,
    destroyed: 0,
    lost: 0,
  }
  readonly resources = new Set<SimulatedResource>()
  readonly violations: Violation[] = []
  /** Told of every violation. */
  onViolation: ((violation: Violation) => void) | undefined
  /** Told when a call has settled or a resource was found gone: whether that is trouble. */
  onSettled: ((isTrouble: boolean) => void) | undefined
  readonly #clock: Clock
  readonly #start: number
  readonly #struck: StruckCalls
  readonly #latency: Readonly<Record<SimulatedCall, () => number>>
  /** Of the losses to come. */
  readonly #timers = new Map<SimulatedResource, unknown>()

  constructor({ latencies, faults, capacity, clock, random }: FarEndOptions) {
    this.capacity = capacity
    this.#clock = clock
    this.#start = clock.now()
    this.#struck = new StruckCalls(faults, random)
    this.#latency = {
      connect: sampler(latencies.connect, random),
      check: sampler(latencies.check, random),
      reset: sampler(latencies.reset, random),
      close: sampler(latencies.close, random),
    }
  }

  now(): number {
    return this.#clock.now()
  }

  violate(invariant: number, message: string): void {
    const violation = { invariant, message, at: this.now() }
    this.violations.push(violation)
    this.onViolation?.(violation)
  }

  /** An open has succeeded. */
  admit(connectionId: number): SimulatedResource {
    const { counts } = this
    const resource = new SimulatedResource(this, ++counts.opened, connectionId)
    counts.open++
    this.resources.add(resource)
    const loss = this.#struck.lossOf(this.#elapsed())
    if (loss !== undefined) {
      const lose = () => {
        this.#timers.delete(resource)
        resource.lose(loss.notice)
      }
      this.#timers.set(resource, this.#clock.setTimeout(lose, loss.at - this.#elapsed()))
    }
    return resource
  }

  lost(resource: SimulatedResource): void {
    this.counts.lost++
    this.onSettled?.(true)
    this.#forgetLoss(resource)
  }

  /** It is open no longer. */
  remove(resource: SimulatedResource, what: 'closed' | 'destroyed'): void {
    if (!this.resources.delete(resource)) return
    this.counts.open--
    this.counts[what]++
    this.#forgetLoss(resource)
    resource.state = 'closed'
    resource.note(what)
  }

  /** A call goes its way: at once, later, never, or until its signal aborts. */
  run<T>({ call, signal, succeed, fail }: Course<T>): Promise<T> | T {
    const fault = this.#struck.strike(call, this.#elapsed())
    const usual = this.#latency[call]()
    const failed = () => {
      this.onSettled?.(call === 'connect')
      fail()
    }
    const outcome = () => {
      if (fault?.kind === 'refuse' || fault?.kind.startsWith('fail')) {
        failed()
        throw new SimulatedFailure(call, `the ${call} was refused`)
      }
      this.onSettled?.(false)
      return succeed()
    }
    if (fault?.kind === 'hang') return this.#settle(Number.POSITIVE_INFINITY, fault.deaf, signal, outcome, failed)
    if (fault?.kind !== 'slow') {
      return usual === 0 ? outcome() : this.#settle(usual, false, signal, outcome, failed)
    }
    return this.#settle(usual * (fault.factor ?? 10) + (fault.by ?? 0), fault.deaf, signal, outcome, failed)
  }

  #settle<T>(ms: number, deaf = false, signal: AbortSignal, outcome: () => T, fail: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = () => {
        this.#clock.clearTimeout(timer)
        fail()
        reject(signal.reason)
      }
      const end = () => {
        signal.removeEventListener('abort', stop)
        try {
          resolve(outcome())
        } catch (error) {
          reject(error)
        }
      }
      const timer = ms === Number.POSITIVE_INFINITY ? undefined : this.#clock.setTimeout(end, ms)
      if (deaf) return
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
  }

  #elapsed(): number {
    return this.now() - this.#start
  }

  #forgetLoss(resource: SimulatedResource): void {
    if (this.#timers.size === 0) return
    const timer = this.#timers.get(resource)
    this.#timers.delete(resource)
    if (timer !== undefined) this.#clock.clearTimeout(timer)
  }
}
