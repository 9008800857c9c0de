import type { Summary } from '../statistics.js'
import { verdict } from '../verdict.js'

/** Whether a figure stays within its limit. */
export function withinLimit(what: string, measured: Summary | undefined, limit: number, unit: string): string[] {
  const line = verdict(what, measured?.median, 'at most', limit, unit)
  return line === undefined ? [] : [line]
}
