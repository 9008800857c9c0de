/** Calls what a user has given. What it throws is thrown, but not into the middle of a hand-over. */
export function callOut<A extends unknown[]>(fn: (...args: A) => unknown, args: A): void {
  try {
    fn(...args)
  } catch (error) {
    process.nextTick(() => {
      throw error
    })
  }
}
