type Tell = (error: Error) => void

/** That a connection has ended: told once, to whoever watches then or next. */
export class Loss {
  #error: Error | undefined
  #isExpected = false
  #tell: Tell | undefined

  /** From here on its end is no loss. */
  expect(): void {
    this.#isExpected = true
  }

  report(error: Error): void {
    if (this.#isExpected || this.#error !== undefined) return
    this.#error = error
    this.#tell?.(error)
  }

  /** Returns how to stop. */
  watch(tell: Tell): () => void {
    this.#tell = tell
    if (this.#error !== undefined) tell(this.#error)
    return () => {
      if (this.#tell === tell) this.#tell = undefined
    }
  }
}
