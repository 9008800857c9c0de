import type { Lease } from '@millpond/core'

/** Gives back what `scrub` has made clean; what could not be made clean is closed, and what takes longer than `timeout`
 * ms is destroyed. `ended` is called then. */
export function releaseWhenClean(
  lease: Lease<unknown>,
  timeout: number,
  scrub: (done: (error?: unknown) => void) => void,
  ended: () => void,
): void {
  let isOver = false
  const end = (how: 'release' | 'retire' | 'destroy') => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    lease[how]()
    ended()
  }
  const timer = setTimeout(end, Math.min(timeout, 2 ** 31 - 1), 'destroy')
  scrub((error) => end(error ? 'retire' : 'release'))
}
