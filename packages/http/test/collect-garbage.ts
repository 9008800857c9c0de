import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** What nobody holds any more is gone afterwards. */
export async function collectGarbage(): Promise<void> {
  // A reference that was looked at is held until the end of the turn.
  await new Promise(setImmediate)
  gc()
}
