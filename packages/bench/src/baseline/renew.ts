import type { Bench } from '../bench.js'
import { textTable } from '../markdown.js'
import { writeBaseline } from './baseline-file.js'
import { measureChecked } from './measure-checked.js'
import { medianOf, type Ratios } from './ratios.js'

const times = 3

/** Measures what the check will compare with from now on: the median of several times. Shows how far they lie apart, too:
 * a ratio that is not steady is not fit to be checked. */
export async function renew(bench: Bench): Promise<number> {
  const all: Ratios[] = []
  for (let time = 1; time <= times; time++) {
    bench.print(`\n== ${time} of ${times}\n`)
    all.push(await measureChecked(bench))
  }
  const medians = medianOf(all)
  writeBaseline(bench.report, medians)
  bench.print(`\n${spreads(all, medians)}\n\nthe baseline is written: ${Object.keys(medians).length} ratios\n`)
  return 0
}

function spreads(all: readonly Ratios[], medians: Ratios): string {
  const lines = Object.entries(medians).map(([name, median]) => {
    const values = all.flatMap((ratios) => ratios[name] ?? [])
    return [name, median.toFixed(2), Math.min(...values).toFixed(2), Math.max(...values).toFixed(2)]
  })
  return textTable(['ratio', 'median', 'lowest', 'highest'], lines)
}
