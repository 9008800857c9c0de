import type { AcquireFailure } from '@millpond/core'
import { Durations } from './durations.js'
import type { RequestReport } from './simulation-report.js'

/** How a group of requests fares. */
export class RequestBooks {
  asked = 0
  granted = 0
  completed = 0
  broken = 0
  readonly wait = new Durations()
  readonly total = new Durations()
  readonly #rejected = new Map<AcquireFailure, number>()

  reject(reason: AcquireFailure): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1)
  }

  report(): RequestReport {
    const { asked, granted, completed, broken } = this
    const rejected = Object.fromEntries([...this.#rejected].sort(([a], [b]) => (a < b ? -1 : 1)))
    return {
      asked,
      granted,
      completed,
      broken,
      rejected,
      wait: this.wait.percentiles(),
      total: this.total.percentiles(),
    }
  }
}
