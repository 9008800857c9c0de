import type { Summary } from '../statistics.js'
import { verdict } from '../verdict.js'

/** Whether a figure stays within its limit, as the share of it that it takes. */
export function withinLimit(what: string, measured: Summary | undefined, limit: number, unit: string): string[] {
  const share = measured && measured.median / limit
  const line = verdict(`${what}, to ${limit.toLocaleString('en-US')} ${unit}`, share, 'at most', 1)
  return line === undefined ? [] : [line]
}
