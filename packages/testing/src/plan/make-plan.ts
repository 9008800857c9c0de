import { findSmallest } from './find-smallest.js'
import { connections } from './in-words.js'
import { keepsUp, offeredLoad, type PlanRequest } from './plan-request.js'
import { findRemedies, type Remedies } from './remedies.js'
import { type OnTrial, type SizeTrial, trySize } from './size-trial.js'

export interface Plan {
  readonly request: PlanRequest
  /** Connections that the requests keep busy on average. */
  readonly offeredLoad: number
  /** Sizes that were simulated, smallest first. */
  readonly trials: readonly SizeTrial[]
  /** The smallest size that meets the target, if one does. */
  readonly recommended: number | undefined
  /** What would help, where no size does. */
  readonly remedies: Remedies | undefined
}

/** Simulates as many sizes as it takes to recommend one. Deterministic for a request. */
export async function makePlan(request: PlanRequest, onTrial: OnTrial = () => {}): Promise<Plan> {
  const trials = new Map<number, SizeTrial>()
  const tryOnce = async (size: number) => {
    const known = trials.get(size)
    if (known !== undefined) return known
    const trial = await trySize(request, size, (share) => onTrial(connections(size), share))
    trials.set(size, trial)
    return trial
  }
  const load = offeredLoad(request)
  const range = { from: Math.min(request.max, keepsUp(load)), to: request.max }
  const recommended = await findSmallest(range, async (size) => (await tryOnce(size)).meetsTarget)
  if (recommended !== undefined) {
    for (const size of around(recommended)) if (size >= range.from && size <= range.to) await tryOnce(size)
  }
  const remedies = recommended === undefined ? await findRemedies(request, onTrial) : undefined
  const bySize = [...trials.values()].sort((a, b) => a.size - b.size)
  return { request, offeredLoad: load, trials: bySize, recommended, remedies }
}

/** What a few less and more would bring: the bend of the curve, and its end. */
function around(size: number): readonly number[] {
  return [size - 2, size + 1, size + 2, Math.max(size + 4, Math.ceil(size * 1.25))]
}
