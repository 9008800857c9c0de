import type { Point } from './time-chart.js'

/** What happened in each of many short times that are equally long. */
export class Buckets {
  readonly #every: number
  readonly #count: number[]
  readonly #sum: number[]

  /** Both in ms. */
  constructor(every: number, duration: number) {
    this.#every = every
    this.#count = new Array<number>(Math.ceil(duration / every)).fill(0)
    this.#sum = [...this.#count]
  }

  /** What comes after the end is left out. */
  add(at: number, value = 1): void {
    const bucket = Math.floor(at / this.#every)
    if (bucket >= this.#count.length) return
    this.#count[bucket] = (this.#count[bucket] ?? 0) + 1
    this.#sum[bucket] = (this.#sum[bucket] ?? 0) + value
  }

  /** Sums of the values, each at the end of its time. */
  sums(): Point[] {
    return this.#sum.map((sum, bucket) => [this.#second(bucket), sum])
  }

  /** How many a second. */
  rates(): Point[] {
    return this.#count.map((count, bucket) => [this.#second(bucket), (count * 1_000) / this.#every])
  }

  /** Means of the values, without the times in which there was none. */
  means(): Point[] {
    const points = this.#sum.map((sum, bucket): Point => [this.#second(bucket), sum / (this.#count[bucket] ?? 0)])
    return points.filter(([, mean]) => !Number.isNaN(mean))
  }

  #second(bucket: number): number {
    return ((bucket + 1) * this.#every) / 1_000
  }
}

/** A series of a report's timeline, as points. */
export function pointsOf(values: readonly number[], every: number): Point[] {
  return values.map((value, i) => [((i + 1) * every) / 1_000, value])
}
