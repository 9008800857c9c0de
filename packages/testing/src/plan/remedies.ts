import { findSmallest } from './find-smallest.js'
import { connections } from './in-words.js'
import { keepsUp, offeredLoad, type PlanRequest } from './plan-request.js'
import { type OnTrial, trySize } from './size-trial.js'

/** What would meet the target where no size up to the limit does; each by itself. */
export interface Remedies {
  /** The smallest number of connections to keep open; where that helps, nothing else is looked for. */
  readonly keepOpen: number | undefined
  /** The smallest number of connections beyond the limit. */
  readonly size?: number | undefined
  /** … that are all kept open; looked for only where the same number otherwise is no help. */
  readonly sizeKeptOpen?: number | undefined
  /** At the limit: the share of their time that requests may take. */
  readonly service?: number | undefined
}

/** Halvings of the interval in which the share is looked for. */
const PRECISION = 6

export async function findRemedies(request: PlanRequest, onTrial: OnTrial): Promise<Remedies> {
  const load = offeredLoad(request)
  const { max } = request
  const meets = async (changed: PlanRequest, size: number, what: string) => {
    const { meetsTarget } = await trySize(changed, size, (share) => onTrial(what, share))
    return meetsTarget
  }
  const keepOpen =
    load < max
      ? await smallestMin(Math.min(max, plenty(load)), (min) =>
          meets({ ...request, min }, max, `${connections(max)}, ${min} kept open`),
        )
      : undefined
  if (keepOpen !== undefined) return { keepOpen }
  const range = { from: Math.max(max + 1, keepsUp(load)), to: Math.max(2 * max, plenty(load)) }
  const size = await findSmallest(range, (size) => meets(request, size, connections(size)))
  const keptOpen = (size: number) => meets({ ...request, min: size }, size, `${connections(size)}, kept open`)
  const sizeKeptOpen = size === undefined ? await findSmallest(range, keptOpen) : undefined
  const service = await largestShare(Math.min(1, max / load), (share) =>
    meets(faster(request, share), max, `${connections(max)}, shorter service`),
  )
  return { keepOpen, size, sizeKeptOpen, service }
}

/** So many that hardly anybody waits: the tail of a queue with many servers falls within a few √load. */
function plenty(load: number): number {
  return Math.ceil(load + 10 * Math.sqrt(load) + 10)
}

function faster(request: PlanRequest, share: number): PlanRequest {
  const { p50, p99 } = request
  return { ...request, p50: p50 * share, p99: p99 === undefined ? undefined : p99 * share }
}

/** Where even the most do not help, fewer are not tried. */
async function smallestMin(most: number, meets: (min: number) => Promise<boolean>): Promise<number | undefined> {
  if (!(await meets(most))) return undefined
  return (await findSmallest({ from: 1, to: most - 1 }, meets)) ?? most
}

async function largestShare(below: number, meets: (share: number) => Promise<boolean>): Promise<number | undefined> {
  let good: number | undefined
  let bad = below
  for (let n = 0; n < PRECISION; n++) {
    const middle = ((good ?? 0) + bad) / 2
    if (await meets(middle)) good = middle
    else bad = middle
  }
  return good
}
