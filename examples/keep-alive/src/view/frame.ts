import type pc from 'picocolors'
import { count, ms, seconds } from '../numbers.js'
import type { Board } from './board.js'
import type { Cell, CellState } from './cells.js'
import { clip } from './clip.js'
import { inWords } from './happenings.js'
import { binsOf, sparkline } from './sparkline.js'

type Colors = ReturnType<typeof pc.createColors>

export interface Screen {
  readonly columns: number
  readonly rows: number
  readonly colors: Colors
}

const margin = 14
const binWidth = 200

/** The live view's text at this seconds, no wider and no higher than the screen. */
export function frame(board: Board, { columns, rows, colors }: Screen): string {
  const now = performance.now()
  const { answered, latency } = board.recent()
  const label = (text: string) => colors.dim(text.padEnd(margin))
  const title = `${colors.bold(board.title)}  ${seconds(board.elapsed)} of ${seconds(board.duration)}`
  const bins = binsOf(board.settled, board.startedAt, binWidth, now)
  const lines = [
    title,
    '',
    ...cellRows(board.cells.visible(), Math.max(1, Math.floor((columns - margin) / 4)), colors).map(
      (row, index) => label(index === 0 ? 'connections' : '') + row,
    ),
    label('') + legend(board, colors),
    `${label('waiting')}${String(board.waiting).padEnd(4)}${colors.yellow('▮'.repeat(board.waiting))}`,
    `${label('per second')}${colors.bold(count(answered).padEnd(8))}${sparkline(bins, colors.red)}`,
    `${label('wait')}p50 ${ms(latency.wait.p50).padEnd(10)}p99 ${ms(latency.wait.p99).padEnd(10)}${colors.dim('until a connection was at hand')}`,
    `${label('total')}p50 ${ms(latency.total.p50).padEnd(10)}p99 ${ms(latency.total.p99).padEnd(10)}${colors.dim('until the answer')}`,
    `${label('so far')}${count(board.settled.length - board.failed)} answered, ${board.failed > 0 ? colors.red(`${count(board.failed)} failed`) : 'none failed'}`,
    '',
  ]
  const room = Math.max(1, Math.min(8, rows - lines.length - 1))
  for (const happening of board.happenings.all.slice(-room)) {
    lines.push(`${colors.dim(seconds(happening.at - board.startedAt).padStart(7))}  ${inWords(happening)}`)
  }
  return lines.map((line) => clip(line, columns)).join('\n')
}

function cellRows(cells: readonly (Cell | undefined)[], perRow: number, colors: Colors): string[] {
  const rows: string[] = []
  for (let at = 0; at < Math.max(1, cells.length); at += perRow) {
    const row = cells.slice(at, at + perRow)
    rows.push(row.map((cell) => (cell === undefined ? '   ' : paint(cell.state, colors))).join(' '))
  }
  return rows
}

/** Told apart by their signs, too, where colours are off or not seen. */
const signs: Record<CellState, string> = { connecting: '…', connected: '●', idle: '○', closing: '◌', closed: '×' }

function paint(state: CellState, { bgYellow, bgGreen, bgBlue, bgMagenta, bgRed, black, white }: Colors): string {
  const cell = ` ${signs[state]} `
  switch (state) {
    case 'connecting':
      return bgYellow(black(cell))
    case 'connected':
      return bgGreen(black(cell))
    case 'idle':
      return bgBlue(white(cell))
    case 'closing':
      return bgMagenta(white(cell))
    case 'closed':
      return bgRed(white(cell))
  }
}

function legend({ cells }: Board, colors: Colors): string {
  const state = (name: CellState, words = `${cells.count(name)} ${name}`) => `${paint(name, colors)} ${words}`
  return [state('connecting'), state('connected'), state('idle'), state('closing'), state('closed', 'closed')].join(
    '  ',
  )
}
