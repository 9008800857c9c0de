/** Turns as fast as it can until all is over; the ms between two turns at most that this process needed itself: while
 * another had the processor, the clock went on and its own time did not, and where the garbage collector works on
 * several cores it is the other way round. */
export function longestPause(isOver: () => boolean): Promise<number> {
  let last = readings()
  let longest = 0
  return new Promise((resolve) => {
    const turn = () => {
      const now = readings()
      longest = Math.max(longest, Math.min(now.clock - last.clock, now.processor - last.processor))
      last = now
      if (isOver()) resolve(longest)
      else setImmediate(turn)
    }
    setImmediate(turn)
  })
}

/** In ms. */
function readings(): { readonly clock: number; readonly processor: number } {
  const { user, system } = process.cpuUsage()
  return { clock: performance.now(), processor: (user + system) / 1000 }
}
