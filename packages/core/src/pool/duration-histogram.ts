import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { Histogram } from './pool-stats.js'

const TEN_DAYS_IN_US = 864_000_000_000

/** A distribution of durations in constant memory: Node's HDR histogram, in microseconds, to two digits. */
export class DurationHistogram {
  readonly #histogram: RecordableHistogram = createHistogram({ lowest: 1, highest: TEN_DAYS_IN_US, figures: 2 })

  record(ms: number): void {
    this.#histogram.record(Math.min(TEN_DAYS_IN_US, Math.max(1, Math.round(ms * 1_000))))
  }

  snapshot(): Histogram {
    const histogram = this.#histogram
    if (histogram.count === 0) return { count: 0, min: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 }
    const at = (percentile: number) => histogram.percentile(percentile) / 1_000
    return {
      count: histogram.count,
      min: histogram.min / 1_000,
      mean: histogram.mean / 1_000,
      p50: at(50),
      p90: at(90),
      p99: at(99),
      max: histogram.max / 1_000,
    }
  }
}
