import type { Outage } from '../load/faults.js'
import type { RequestRecord } from '../load/request.js'

/** ms from each kill to the first answer of a server that came after it; undefined where there was none. */
export function recoveries(outages: readonly Outage[], requests: readonly RequestRecord[]): (number | undefined)[] {
  return outages.map(({ killedAt, upAt }) => {
    let first: number | undefined
    for (const { error, settledAt } of requests) {
      if (error !== undefined || settledAt === undefined || settledAt < upAt) continue
      first = Math.min(first ?? settledAt, settledAt)
    }
    return first === undefined ? undefined : first - killedAt
  })
}
