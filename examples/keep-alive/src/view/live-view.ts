import { createLogUpdate } from 'log-update'
import pc from 'picocolors'
import type { Board } from './board.js'
import { frame } from './frame.js'
import type { View } from './view.js'

const redrawEvery = 100
const clearScreen = '\u001b[2J\u001b[H'

/** For a terminal: one picture, redrawn in place. */
export class LiveView implements View {
  readonly #terminal: NodeJS.WriteStream
  readonly #update: ReturnType<typeof createLogUpdate>
  #timer: NodeJS.Timeout | undefined
  #board: Board | undefined

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal
    this.#update = createLogUpdate(terminal)
  }

  begin(board: Board): void {
    this.#board = board
    this.#draw()
    this.#terminal.on('resize', this.#onResize)
    this.#timer = setInterval(() => this.#draw(), redrawEvery).unref()
  }

  end(): void {
    if (this.#board === undefined) return
    clearInterval(this.#timer)
    this.#terminal.off('resize', this.#onResize)
    this.#draw()
    this.#update.done()
    this.#terminal.write('\n')
    this.#board = undefined
  }

  /** The terminal has wrapped the old picture anew, so that nobody knows how many lines it has. */
  readonly #onResize = () => {
    this.#terminal.write(clearScreen)
    this.#update.clear()
    this.#draw()
  }

  #draw(): void {
    if (this.#board === undefined) return
    const { columns = 80, rows = 24 } = this.#terminal
    this.#update(frame(this.#board, { columns, rows, colors: pc }))
  }
}
