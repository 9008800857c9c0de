import { verdict } from '../verdict.js'
import { floorRatio, peerRatio, type Row, tryRatio } from './report.js'

/** Times the throughput of the fastest peer, by borrowers; in a crowd the floor itself is no more than some 4 times as
 * fast. */
const beyondPeers: Readonly<Record<number, number>> = { 1: 4, 10: 4, 100: 3, 1000: 2.5 }

/** What the pool is to reach beside others, and whether it did; a line for each that was measured. */
export function targets(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    const { title, borrowers } = row.scenario
    const wanted = beyondPeers[borrowers]
    return [
      wanted && verdict(`${title}: throughput of the fastest peer`, peerRatio(row), 'at least', wanted),
      borrowers === 1 ? verdict(`${title}: time of the floor`, floorRatio(row), 'at most', 1.6) : undefined,
      verdict(`${title}: time of tryAcquire to acquire's`, tryRatio(row), 'at most', 0.6),
    ].filter((line) => typeof line === 'string')
  })
}
