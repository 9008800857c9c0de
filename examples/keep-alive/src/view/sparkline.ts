import type { RequestRecord } from '../load/request.js'

/** How many requests were answered, and how many failed, in each of the equal parts of a run so far. */
export interface Bin {
  answered: number
  failed: number
}

export function binsOf(settled: readonly RequestRecord[], from: number, width: number, now: number): Bin[] {
  const bins = Array.from({ length: Math.floor((now - from) / width) }, (): Bin => ({ answered: 0, failed: 0 }))
  for (const { settledAt = 0, error } of settled) {
    const bin = bins[Math.floor((settledAt - from) / width)]
    if (bin === undefined) continue
    if (error === undefined) bin.answered++
    else bin.failed++
  }
  return bins
}

const bars = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

/** A bar for each bin, as high as its answers; marked where some failed. */
export function sparkline(bins: readonly Bin[], mark: (bar: string) => string): string {
  const most = Math.max(1, ...bins.map(({ answered }) => answered))
  return bins
    .map(({ answered, failed }) => {
      const bar = bars[Math.ceil((answered / most) * (bars.length - 1))] ?? ''
      return failed > 0 ? mark(bar === ' ' ? '×' : bar) : bar
    })
    .join('')
}
