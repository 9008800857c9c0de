import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Uniform numbers in [0, 1). */
export type Random = () => number

/** Streams of numbers from one seed: what draws from one does not change what another gives. */
export function streamsOf(seed: number): () => Random {
  const next = xoroshiro128plus(seed)
  return () => {
    next.jump()
    const generator = next.clone()
    return () => uniformFloat64(generator)
  }
}

/** ms until something that happens every `mean` ms on average happens again. */
export function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random())
}
