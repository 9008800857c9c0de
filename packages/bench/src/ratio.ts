import type { Summary } from './statistics.js'

/** How many times one median is the other, where both were measured. */
export function ratio(above: Summary | undefined, below: Summary | undefined): number | undefined {
  return above === undefined || below === undefined ? undefined : above.median / below.median
}
