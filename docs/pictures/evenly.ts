import { type Arrivals, timestamps } from '@millpond/testing'

/** Requests at equal distances, `rate` a second, from one moment until another (ms). */
export function evenly({ from, until, rate }: { from: number; until: number; rate: number }): Arrivals {
  const count = Math.round(((until - from) * rate) / 1_000)
  return timestamps(Array.from({ length: count }, (_, n) => from + (n * 1_000) / rate))
}

/** So many requests at one moment. */
export function atOnce(count: number, ...moments: readonly number[]): Arrivals {
  return timestamps(moments.flatMap((moment) => new Array<number>(count).fill(moment)))
}
