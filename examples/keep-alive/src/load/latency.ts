import { percentile } from './percentile.js'
import type { RequestRecord } from './request.js'

interface Spread {
  readonly p50: number
  readonly p99: number
}

/** How long answered requests took, in ms: `wait` until they had a connection to ask on, `total` until the answer. */
export interface Latency {
  readonly wait: Spread
  readonly total: Spread
}

export function latencyOf(requests: readonly RequestRecord[]): Latency {
  const wait: number[] = []
  const total: number[] = []
  for (const { startedAt, sentAt, settledAt, error } of requests) {
    if (error !== undefined || sentAt === undefined || settledAt === undefined) continue
    wait.push(sentAt - startedAt)
    total.push(settledAt - startedAt)
  }
  return { wait: spread(wait), total: spread(total) }
}

function spread(values: readonly number[]): Spread {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99) }
}
