import { InvalidOptionError } from '@millpond/core'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Numbers that a generator needs until seeds that are alike give numbers that are not. */
const WARM_UP = 32

/**
 * Streams of uniform numbers in [0, 1) from one seed, each 2⁶⁴ numbers from the last: what draws from one does not change
 * what another gives, so that two simulations of one seed have the same requests whatever their pools do.
 */
export function randomStreams(seed: number): () => () => number {
  if (!Number.isInteger(seed)) throw new InvalidOptionError('seed', seed, 'a whole number')
  const next = xoroshiro128plus(seed)
  for (let n = 0; n < WARM_UP; n++) next.next()
  return () => {
    next.jump()
    const generator = next.clone()
    return () => uniformFloat64(generator)
  }
}
