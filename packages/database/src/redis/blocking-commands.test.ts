import { describe, expect, it } from 'vitest'
import { isBlocking } from './blocking-commands.js'

describe('a blocking command', () => {
  it.each([
    ['BLPOP', ['jobs', '0']],
    ['blmove', ['a', 'b', 'LEFT', 'RIGHT', '0']],
    [Buffer.from('WAIT'), ['1', '0']],
    ['xread', ['block', '0', 'STREAMS', 'log', '$']],
    ['XREADGROUP', ['GROUP', 'g', 'c', Buffer.from('BLOCK'), '0', 'STREAMS', 'log', '>']],
  ])('is known by its name and what it asks: %s', (name, args) => {
    expect(isBlocking(name, args)).toBe(true)
  })

  it.each([
    ['GET', ['BLPOP']],
    ['LPOP', ['jobs']],
    ['XREAD', ['STREAMS', 'log', '$']],
  ])('is not what answers at once: %s', (name, args) => {
    expect(isBlocking(name, args)).toBe(false)
  })
})
