import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc: (options: { readonly type: 'minor' }) => void = runInNewContext('gc')

/** Bytes that have outlived the young generation, as of now. */
export function oldGeneration(): number {
  // What survives twice is old.
  for (let time = 0; time < 2; time++) gc({ type: 'minor' })
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
}
