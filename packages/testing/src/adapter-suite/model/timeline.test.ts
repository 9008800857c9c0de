import { describe, expect, it } from 'vitest'
import { Timeline } from './timeline.js'

const textOf = (timeline: Timeline) => timeline.toString().replaceAll(/^ +\d+ ms {2}/gm, '')

describe('a timeline', () => {
  it('sets what follows apart from what the program does', () => {
    const timeline = new Timeline()
    timeline.note('borrower 1 acquires')
    timeline.note('connection 1 is open', 'pool')
    expect(textOf(timeline)).toBe('borrower 1 acquires\n    connection 1 is open')
  })

  it('has nothing more once it has ended', () => {
    const timeline = new Timeline()
    timeline.note('the failure')
    timeline.end()
    timeline.note('the cleaning up')
    expect(textOf(timeline)).toBe('the failure')
  })

  it('leaves out the middle when it is long', () => {
    const timeline = new Timeline()
    for (let nth = 1; nth <= 100; nth++) timeline.note(`event ${nth}`)
    const lines = textOf(timeline).split('\n')
    expect(lines).toHaveLength(56)
    expect(lines[40]).toBe('      …  45 lines more')
    expect(lines.at(-1)).toBe('event 100')
  })
})
