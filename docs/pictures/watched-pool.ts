import { type Clock, createPool, type Pool, type PoolOptions } from '@millpond/core'
import type { PoolParts, SimulatedResource } from '@millpond/testing'

/** The `pool` of a simulation: one of these options, at which `look` may look, and to which it may listen. */
export function watchedPool(
  options: PoolOptions<SimulatedResource>,
  look: (pool: Pool<SimulatedResource>, clock: Clock) => void,
): (parts: PoolParts) => Pool<SimulatedResource> {
  return ({ adapter, clock, random }) => {
    const pool = createPool<SimulatedResource>(adapter, { ...options, clock, random })
    look(pool, clock)
    return pool
  }
}
