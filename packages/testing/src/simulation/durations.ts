import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** What a number of durations look like, in ms: the mean and the maximum exactly, percentiles exactly up to 4 096 of them
 * and to three digits beyond. */
export interface Percentiles {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

const FIRST_ROOM = 64
const MOST_EXACT = 4_096
const TEN_DAYS_IN_US = 864_000_000_000

/** Durations in bounded memory: as they are while they are few, then in Node's HDR histogram, in microseconds. (One of
 * those takes hundreds of kilobytes, which is much for a simulation of a few requests.) */
export class Durations {
  #values = new Float64Array(FIRST_ROOM)
  #histogram: RecordableHistogram | undefined
  #count = 0
  #sum = 0
  #max = 0

  record(ms: number): void {
    const nth = this.#count++
    this.#sum += ms
    if (ms > this.#max) this.#max = ms
    if (this.#histogram !== undefined) recordIn(this.#histogram, ms)
    else {
      if (nth === this.#values.length) this.#makeRoom(nth)
      if (this.#histogram === undefined) this.#values[nth] = ms
      else recordIn(this.#histogram, ms)
    }
  }

  percentiles(): Percentiles {
    const count = this.#count
    if (count === 0) return { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 }
    const at = this.#histogram === undefined ? this.#exactly() : this.#nearly(this.#histogram)
    return { count, mean: this.#sum / count, p50: at(50), p90: at(90), p99: at(99), max: this.#max }
  }

  #makeRoom(nth: number): void {
    if (nth < MOST_EXACT) {
      const values = new Float64Array(2 * nth)
      values.set(this.#values)
      this.#values = values
      return
    }
    this.#histogram = createHistogram({ lowest: 1, highest: TEN_DAYS_IN_US, figures: 3 })
    for (const value of this.#values) recordIn(this.#histogram, value)
    this.#values = new Float64Array(0)
  }

  /** The smallest that is no less than so many percent of them. */
  #exactly(): (percentile: number) => number {
    const sorted = this.#values.slice(0, this.#count).sort()
    return (percentile) => sorted[Math.ceil((percentile / 100) * this.#count) - 1] as number
  }

  #nearly(histogram: RecordableHistogram): (percentile: number) => number {
    return (percentile) => Math.min(this.#max, (histogram.percentile(percentile) - 1) / 1_000)
  }
}

/** The histogram begins at 1: all of it is one too many. */
function recordIn(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.min(TEN_DAYS_IN_US, Math.round(ms * 1_000) + 1))
}
