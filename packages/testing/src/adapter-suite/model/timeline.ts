/** Lines that are printed at most: of a longer timeline the begin and the end. */
const BEGIN = 40
const END = 15

/** What happened in one run of a program, in order. */
export class Timeline {
  readonly #begin = performance.now()
  readonly #lines: string[] = []
  #hasEnded = false

  /** `by` whom it was done: the program, or what follows from it, which is indented. */
  note(what: string, by: 'program' | 'pool' = 'program'): void {
    if (this.#hasEnded) return
    const ms = Math.round(performance.now() - this.#begin)
    this.#lines.push(`${String(ms).padStart(6)} ms  ${by === 'program' ? '' : '    '}${what}`)
  }

  /** What comes after a failure does not belong to it. */
  end(): void {
    this.#hasEnded = true
  }

  toString(): string {
    const lines = this.#lines
    const between = lines.length - BEGIN - END
    if (between <= 1) return lines.join('\n')
    return [...lines.slice(0, BEGIN), `      …  ${between} lines more`, ...lines.slice(-END)].join('\n')
  }
}
