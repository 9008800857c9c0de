import { describe, expect, it } from 'vitest'
import { mediansOf, type TrialReport, trialPlots, trialRatios, trialTable } from './trial-report.js'

const report: TrialReport = {
  heading: 'a spike',
  clients: ['ours', 'theirs', 'absent'],
  figures: {
    took: { title: 'ms until all are served', better: 'less' },
    opened: { title: 'connections opened', better: 'less' },
  },
  drawn: [{ file: 'spike', title: 'A spike', y: { title: 'connections opened' }, figures: ['opened'] }],
}
const outcomes = new Map([
  ['ours', [1, 9, 2].map((took) => ({ took, opened: 1 }))],
  ['theirs', [{ took: 8, opened: 45 }]],
])
const medians = mediansOf(report, outcomes)

describe('what came of a trial', () => {
  it('is the median of each figure, client by client', () => {
    expect(trialTable(report, medians).split('\n')).toEqual([
      '| a spike | ms until all are served | connections opened |',
      '| --- | ---: | ---: |',
      '| ours | 2 | 1 |',
      '| theirs | 8 | 45 |',
    ])
  })

  it('is compared by its first figure, of which more or less is better', () => {
    expect(trialRatios(report, medians)).toEqual({ 'ms until all are served, × theirs': 4 })
    const goodput = { ...report, figures: { took: { title: 'answers', better: 'more' } } } as const
    expect(trialRatios(goodput, medians)).toEqual({ 'answers, × theirs': 0.25 })
  })

  it('is drawn figure by figure', () => {
    expect(trialPlots(report, medians)).toMatchObject([
      {
        file: 'spike',
        kind: 'bars',
        series: [
          {
            name: 'connections opened',
            points: [
              ['ours', 1],
              ['theirs', 45],
            ],
          },
        ],
      },
    ])
  })
})
