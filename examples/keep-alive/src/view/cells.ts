export type CellState = 'connecting' | 'connected' | 'idle' | 'closing' | 'closed'

export interface Cell {
  readonly connection: number
  readonly state: CellState
  readonly since: number
}

/** For how long a closed connection stays in sight, in ms. */
const lingering = 800
/** One cell per connection, each in one place for as long as it lives. A new one takes the place of one that has ended. */
export class Cells {
  readonly #cells: (Cell | undefined)[] = []
  readonly #placeOf = new Map<number, number>()

  set(connection: number, state: CellState): void {
    const since = performance.now()
    let place = this.#placeOf.get(connection)
    if (place === undefined) {
      place = this.#freePlace(since)
      this.#placeOf.set(connection, place)
    }
    this.#cells[place] = { connection, state, since }
    if (state === 'closed') this.#placeOf.delete(connection)
  }

  /** From the first place to the last one in use; undefined is an empty place. */
  visible(): readonly (Cell | undefined)[] {
    const now = performance.now()
    const cells = this.#cells.map((cell) => (isOver(cell, now) ? undefined : cell))
    return cells.slice(0, cells.findLastIndex((cell) => cell !== undefined) + 1)
  }

  count(state: CellState): number {
    return this.#cells.filter((cell) => cell?.state === state).length
  }

  /** Places that are empty come first, then the closed: so that an end stays in sight for as long as there is room. */
  #freePlace(now: number): number {
    const empty = this.#cells.findIndex((cell) => isOver(cell, now))
    if (empty >= 0) return empty
    const closed = this.#cells.findIndex((cell) => cell?.state === 'closed')
    return closed >= 0 ? closed : this.#cells.length
  }
}

function isOver(cell: Cell | undefined, now: number): boolean {
  return cell === undefined || (cell.state === 'closed' && now - cell.since > lingering)
}
