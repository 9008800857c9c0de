/** Sizes to look among, both ends included. */
export interface SizeRange {
  readonly from: number
  readonly to: number
}

/**
 * The smallest size that is good enough, if those above it are too: upwards in steps that double, then by bisection.
 * About 2 · log₂ of the distance are tried. What it returns is good enough, and the size below it (within the range) is
 * not, whatever those above are like.
 */
export async function findSmallest(
  { from, to }: SizeRange,
  isGoodEnough: (size: number) => Promise<boolean>,
): Promise<number | undefined> {
  let bad = from - 1
  let size = from
  for (let step = 1; size <= to; step *= 2) {
    if (await isGoodEnough(size)) return bisect(bad, size, isGoodEnough)
    bad = size
    size = size < to ? Math.min(to, size + step) : size + 1
  }
  return undefined
}

async function bisect(bad: number, good: number, isGoodEnough: (size: number) => Promise<boolean>): Promise<number> {
  while (good - bad > 1) {
    const middle = Math.floor((bad + good) / 2)
    if (await isGoodEnough(middle)) good = middle
    else bad = middle
  }
  return good
}
