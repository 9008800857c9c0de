/** Bytes in the order in which they came, taken off the front. Nothing is copied but frames that came in pieces. */
export class HeldBytes {
  #chunks: Buffer[] = []
  #length = 0
  /** There is none of the byte last looked for before it. */
  #searched = 0

  get length(): number {
    return this.#length
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#length += chunk.length
  }

  /** Where the byte is first, or -1. Bytes looked at in vain are not looked at again: always ask for the same. */
  indexOf(byte: number): number {
    let start = 0
    for (const chunk of this.#chunks) {
      const end = start + chunk.length
      if (end > this.#searched) {
        const found = chunk.indexOf(byte, Math.max(0, this.#searched - start))
        if (found !== -1) return start + found
      }
      start = end
    }
    this.#searched = this.#length
    return -1
  }

  /** The first `count` bytes, or undefined while there are fewer. They stay. */
  peek(count: number): Buffer | undefined {
    if (this.#length < count) return undefined
    if ((this.#chunks[0]?.length ?? 0) < count) this.#chunks = [Buffer.concat(this.#chunks, this.#length)]
    return this.#chunks[0]?.subarray(0, count)
  }

  /** Takes the first `count` bytes, of those there are. */
  take(count: number): Buffer {
    const taken = this.peek(count) as Buffer
    const rest = this.#chunks[0]?.subarray(count) as Buffer
    if (rest.length > 0) this.#chunks[0] = rest
    else this.#chunks.shift()
    this.#length -= count
    this.#searched = 0
    return taken
  }

  takeAll(): Buffer {
    return this.#length === 0 ? Buffer.alloc(0) : this.take(this.#length)
  }

  clear(): void {
    this.#chunks = []
    this.#length = 0
    this.#searched = 0
  }
}
