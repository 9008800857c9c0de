/** An invariant of DESIGN §2 (packages/core/ARCHITECTURE.md lists them) that did not hold. */
export interface Violation {
  /** Its number, 1 to 12. */
  readonly invariant: number
  readonly message: string
  /** ms of the simulation. */
  readonly at: number
}
