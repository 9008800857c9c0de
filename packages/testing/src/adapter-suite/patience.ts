/** ms that one call of an adapter may take on a server that answers. */
export const CALL = 2_000

/** ms within which the server must have noticed what was done on this side. */
export const SHORTLY = 1_000

/** ms after which the suite, like a pool, aborts the signal of a call that is not to succeed. */
export const DEADLINE = 150

/** ms that a call may take to settle once its signal has aborted. */
export const AFTERWARDS = 500

/** ms that a test may take before its runner gives it up. All limits above are met long before. */
export const TEST = 20_000
