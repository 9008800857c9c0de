import { count, ms, seconds } from '../numbers.js'
import type { Board } from './board.js'
import type { CellState } from './cells.js'
import { inWords, moment } from './happenings.js'
import type { View } from './view.js'

const shown: readonly CellState[] = ['connecting', 'connected', 'idle', 'closing']

/** For a pipe: one line a second, after what happened in that second. No escape codes. */
export class PlainView implements View {
  readonly #print: (line: string) => void
  #timer: NodeJS.Timeout | undefined
  #board: Board | undefined
  #told = 0

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  begin(board: Board): void {
    this.#board = board
    this.#told = 0
    this.#timer = setInterval(() => this.#second(board, board.elapsed - moment), 1_000).unref()
  }

  end(): void {
    clearInterval(this.#timer)
    if (this.#board !== undefined) this.#second(this.#board, Number.POSITIVE_INFINITY)
    this.#board = undefined
  }

  /** Tells what happened until then; later things may still be counted up. */
  #second(board: Board, until: number): void {
    for (const happening of board.happenings.all.slice(this.#told)) {
      const at = happening.at - board.startedAt
      if (at > until) break
      this.#line(board, at, inWords(happening))
      this.#told++
    }
    const { answered, latency } = board.recent()
    const connections = shown.map((state) => `${board.cells.count(state)} ${state}`).join(', ')
    this.#line(
      board,
      board.elapsed,
      `${count(answered)} answered in the last second; ${connections}; ${board.waiting} waiting; ` +
        `wait p50 ${ms(latency.wait.p50)} p99 ${ms(latency.wait.p99)}; ` +
        `total p50 ${ms(latency.total.p50)} p99 ${ms(latency.total.p99)}; ${count(board.failed)} failed so far`,
    )
  }

  #line(board: Board, at: number, text: string): void {
    this.#print(`${board.title}  ${seconds(at).padStart(6)}  ${text}`)
  }
}
