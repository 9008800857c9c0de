/** Goes through lists again and again, each by its name. */
export class Turns {
  readonly #taken = new Map<string, number>()

  next<T>(what: string, list: readonly T[]): T {
    const turn = this.#taken.get(what) ?? 0
    this.#taken.set(what, turn + 1)
    return list[turn % list.length] as T
  }
}
