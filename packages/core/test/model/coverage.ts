/** Counts what programs reached, so that a model that no longer gets anywhere fails. */
export class Coverage {
  readonly #counts = new Map<string, number>()

  readonly saw = (what: string): void => {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }

  count(what: string): number {
    return this.#counts.get(what) ?? 0
  }

  /** Those of `expected` seen fewer than `least` times, with their counts. */
  rare(expected: readonly string[], least: number): string[] {
    return expected.filter((what) => this.count(what) < least).map((what) => `${what}: ${this.count(what)}`)
  }
}
