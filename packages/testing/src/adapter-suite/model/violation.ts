/** A program showed that the adapter breaks an invariant; the number is that of the list in core's ARCHITECTURE.md. */
export class Violation extends Error {
  constructor(invariant: number, what: string, cause?: unknown) {
    super(`${what} (invariant ${invariant})`, cause === undefined ? undefined : { cause })
    this.name = 'Violation'
  }
}
