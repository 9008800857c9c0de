/** How many there are, the most there ever were at once, and how many there have been. */
export class Gauge {
  #now = 0
  #most = 0
  #total = 0
  readonly #watchers = new Set<() => void>()

  get now(): number {
    return this.#now
  }

  get most(): number {
    return this.#most
  }

  get total(): number {
    return this.#total
  }

  enter(): void {
    this.#total++
    this.#most = Math.max(this.#most, ++this.#now)
    this.#changed()
  }

  leave(): void {
    this.#now--
    this.#changed()
  }

  /** Resolves as soon as there are exactly so many. */
  reaches(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.#now !== count) return
        this.#watchers.delete(look)
        resolve()
      }
      this.#watchers.add(look)
      look()
    })
  }

  #changed(): void {
    for (const look of [...this.#watchers]) look()
  }
}
