import { verdict } from '../verdict.js'
import { floorRatio, peerRatio, type Row, tryRatio } from './report.js'

/** What the pool is to reach beside others, and whether it did; a line for each that was measured. */
export function targets(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    const { title, borrowers } = row.scenario
    return [
      verdict(`${title}: throughput of the fastest peer`, peerRatio(row), 'at least', 2.5),
      borrowers === 1 ? verdict(`${title}: time of the floor`, floorRatio(row), 'at most', 2) : undefined,
      verdict(`${title}: time of tryAcquire to acquire's`, tryRatio(row), 'at most', 0.6),
    ].filter((line) => line !== undefined)
  })
}
