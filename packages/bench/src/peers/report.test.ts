import { describe, expect, it } from 'vitest'
import { fastestPeer, floorRatio, peerRatio, type Row, ratios, table, tryRatio } from './report.js'
import { targets } from './targets.js'

const row = (title: string, borrowers: number, medians: Record<string, number>): Row => ({
  scenario: { title, borrowers },
  summaries: new Map(Object.entries(medians).map(([name, median]) => [name, { median, spread: median / 100 }])),
})

const sequential = row('sequential', 1, {
  floor: 80,
  millpond: 120,
  'millpond.tryAcquire': 60,
  'generic-pool': 1200,
  tarn: 600,
})
const crowded = row('1,000 borrowers', 1000, { floor: 200, millpond: 400, 'generic-pool': 800, tarn: 2600 })

describe('the ratios', () => {
  it('compare with the peer that was the fastest in that row', () => {
    expect(fastestPeer(sequential)?.name).toBe('tarn')
    expect(peerRatio(sequential)).toBe(5)
    expect(fastestPeer(crowded)?.name).toBe('generic-pool')
    expect(peerRatio(crowded)).toBe(2)
  })

  it('compare with the floor, and tryAcquire with acquire', () => {
    expect(floorRatio(sequential)).toBe(1.5)
    expect(tryRatio(sequential)).toBe(0.5)
    expect(tryRatio(crowded)).toBeUndefined()
  })

  it('have names that stay, and are higher the better millpond is', () => {
    expect(ratios([crowded])).toEqual({
      '1,000 borrowers, × floor': 0.5,
      '1,000 borrowers, × generic-pool': 2,
      '1,000 borrowers, × tarn': 6.5,
      '1,000 borrowers, × the peers': Math.sqrt(2 * 6.5),
    })
    expect(ratios([sequential])['sequential, tryAcquire × acquire']).toBe(2)
  })

  it('are left out where nobody was there to compare with', () => {
    const alone = row('sequential', 1, { millpond: 100 })
    expect(peerRatio(alone)).toBeUndefined()
    expect(floorRatio(alone)).toBeUndefined()
  })
})

describe('the table', () => {
  it('has a column for each contender that took part and a line for tryAcquire', () => {
    expect(table([sequential, crowded]).split('\n')).toEqual([
      "| ns per acquire + release | floor | millpond | generic-pool | tarn | throughput, × the fastest peer | time, × the floor's |",
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
      '| sequential | 80 ± 0.8 | 120 ± 1.2 | 1,200 ± 12 | 600 ± 6.0 | 5.0 (tarn) | 1.50 |',
      '| 1,000 borrowers | 200 ± 2.0 | 400 ± 4.0 | 800 ± 8.0 | 2,600 ± 26 | 2.0 (generic-pool) | 2.00 |',
      "| sequential, `tryAcquire` |  | 60 ± 0.6 |  |  |  | 0.50 × acquire's |",
    ])
  })
})

describe('the targets', () => {
  it('are told one by one, whether reached or missed', () => {
    expect(targets([sequential, crowded])).toEqual([
      'reached  sequential: throughput of the fastest peer: 5.00 × (at least 4 ×)',
      'reached  sequential: time of the floor: 1.50 × (at most 1.6 ×)',
      "reached  sequential: time of tryAcquire to acquire's: 0.50 × (at most 0.6 ×)",
      'MISSED   1,000 borrowers: throughput of the fastest peer: 2.00 × (at least 2.5 ×)',
    ])
  })
})
