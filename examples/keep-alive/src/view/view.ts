import type { Board } from './board.js'

/** Shows one run after the other. */
export interface View {
  begin(board: Board): void
  /** The run is over: whatever is on the screen stays there. Does nothing when no run has begun. */
  end(): void
}
