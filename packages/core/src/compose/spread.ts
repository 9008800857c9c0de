/**
 * Deals out `total` among as many as there are `floors`, as evenly as can be: nobody gets less than their floor nor more
 * than their cap, and what cannot be dealt evenly goes to the first. `total` is finite. Gives the floors when they come
 * to more than `total`, the caps when they come to less.
 */
export function spread(total: number, floors: readonly number[], caps: readonly number[]): number[] {
  const shares = [...floors]
  let left = total - floors.reduce((sum, floor) => sum + floor, 0)
  while (left > 0) {
    const least = Math.min(...shares.filter((share, i) => share < (caps[i] as number)))
    const lowest = shares.flatMap((share, i) => (share === least && share < (caps[i] as number) ? [i] : []))
    if (lowest.length === 0) break
    // Up to the next higher one, or to the first cap among them.
    const higher = shares.filter((share) => share > least)
    const step = Math.min(...higher, ...lowest.map((i) => caps[i] as number)) - least
    const even = Math.min(step, Math.floor(left / lowest.length))
    if (even === 0) {
      for (const i of lowest.slice(0, left)) shares[i] = least + 1
      break
    }
    for (const i of lowest) shares[i] = least + even
    left -= even * lowest.length
  }
  return shares
}
