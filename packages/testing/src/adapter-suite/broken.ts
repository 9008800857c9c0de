/** The error of a clause that does not hold. */
export function broken(promised: string, happened: string, cause?: unknown): Error {
  return new Error(`Promised: ${promised}.\nHappened: ${happened}.`, cause === undefined ? undefined : { cause })
}
