import { type Clock, systemClock } from '@millpond/core'

/** Sockets that this process has open. */
export const openSockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length

/** The system's clock, with its timers that are set. */
export function countingClock(): Clock & { readonly timers: Set<unknown> } {
  const timers = new Set<unknown>()
  return {
    ...systemClock,
    timers,
    setTimeout(fn, ms) {
      const timer = systemClock.setTimeout(() => {
        timers.delete(timer)
        fn()
      }, ms)
      timers.add(timer)
      return timer
    },
    clearTimeout(timer) {
      timers.delete(timer)
      systemClock.clearTimeout(timer)
    },
  }
}
