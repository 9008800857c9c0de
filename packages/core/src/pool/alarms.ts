import { timeOutPatient } from '../acquire/fail-waiters.js'
import { serve } from '../acquire/serve.js'
import { stampParked } from '../connection/park.js'
import { evictIdle } from '../retention/idle-timeout.js'
import { TimerEntry } from '../time/timer-wheel.js'
import type { CoreAlarms, PoolCore } from './pool-core.js'

class PoolAlarm<R> extends TimerEntry {
  readonly #core: PoolCore<R>
  readonly #ring: (core: PoolCore<R>) => void

  constructor(core: PoolCore<R>, ring: (core: PoolCore<R>) => void) {
    super()
    this.#core = core
    this.#ring = ring
  }

  expire(): void {
    this.#ring(this.#core)
  }
}

/** Those that most pools never need are made when they are first set. */
export class Alarms<R> implements CoreAlarms {
  readonly idle: TimerEntry
  readonly #core: PoolCore<R>
  #patience: TimerEntry | undefined = undefined
  #retry: TimerEntry | undefined = undefined
  #growth: TimerEntry | undefined = undefined
  #stamping: TimerEntry | undefined = undefined

  constructor(core: PoolCore<R>) {
    this.#core = core
    this.idle = new PoolAlarm(core, evictIdle)
  }

  get patience(): TimerEntry {
    this.#patience ??= new PoolAlarm(this.#core, timeOutPatient)
    return this.#patience
  }

  get retry(): TimerEntry {
    this.#retry ??= new PoolAlarm(this.#core, serve)
    return this.#retry
  }

  get growth(): TimerEntry {
    this.#growth ??= new PoolAlarm(this.#core, lookAgain)
    return this.#growth
  }

  get stamping(): TimerEntry {
    this.#stamping ??= new PoolAlarm(this.#core, stampParked)
    return this.#stamping
  }

  calm(): void {
    if (this.#patience?.armed) this.#core.wheel.disarm(this.#patience)
  }

  disarm(): void {
    for (const alarm of [this.idle, this.#patience, this.#retry, this.#growth, this.#stamping]) {
      if (alarm !== undefined) this.#core.wheel.disarm(alarm)
    }
  }
}

function lookAgain<R>(core: PoolCore<R>): void {
  core.now()
  serve(core)
}
