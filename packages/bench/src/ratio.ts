import type { Summary } from './statistics.js'

/** How many times one median is the other, where both were measured. */
export function ratio(above: Summary | undefined, below: Summary | undefined): number | undefined {
  return above === undefined || below === undefined ? undefined : above.median / below.median
}

/** Likewise of the processor time, which differs less from run to run. */
export function steadyRatio(above: Summary | undefined, below: Summary | undefined): number | undefined {
  return above === undefined || below === undefined
    ? undefined
    : (above.cpu ?? above.median) / (below.cpu ?? below.median)
}
