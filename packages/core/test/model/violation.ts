/** A program broke an invariant. The number is that of DESIGN §3 and ARCHITECTURE.md. */
export class Violation extends Error {
  readonly invariant: number

  constructor(invariant: number, what: string) {
    super(`Invariant ${invariant}: ${what}`)
    this.name = 'Violation'
    this.invariant = invariant
  }
}
