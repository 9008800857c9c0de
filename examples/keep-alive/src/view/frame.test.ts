import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { Board } from './board.js'
import { frame } from './frame.js'

function busyBoard(): Board {
  const board = new Board('with a pool', 7_000)
  for (let id = 1; id <= 60; id++) board.cells.set(id, id % 2 ? 'connected' : 'idle')
  for (let id = 1; id <= 30; id++) board.happenings.add(`${id} things happened, ${'and many more '.repeat(20)}`)
  board.watch({ settled: [] }, { waiting: 300 })
  return board
}

describe('the live view', () => {
  it.each([
    [120, 40],
    [80, 30],
    [30, 50],
  ])('is no wider than %i columns and no higher than %i rows', (columns, rows) => {
    const text = frame(busyBoard(), { columns, rows, colors: pc.createColors(true) })
    const lines = stripVTControlCharacters(text).split('\n')
    expect(lines.length).toBeLessThan(rows)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
  })

  it('tells states apart without colours, too', () => {
    const board = new Board('with a pool', 7_000)
    board.cells.set(1, 'connected')
    board.cells.set(2, 'idle')
    board.cells.set(3, 'closed')
    const text = frame(board, { columns: 80, rows: 24, colors: pc.createColors(false) })
    expect(text).toContain('connections    ●   ○   × ')
    expect(text).toBe(stripVTControlCharacters(text))
  })

  it('gives the place of a connection that has ended to a new one', () => {
    const board = new Board('with a pool', 7_000)
    board.cells.set(1, 'connected')
    board.cells.set(2, 'connected')
    board.cells.set(1, 'closed')
    board.cells.set(3, 'connecting')
    expect(board.cells.visible().map((cell) => cell?.connection)).toEqual([3, 2])
  })
})
