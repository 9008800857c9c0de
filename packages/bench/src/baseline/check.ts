import type { Bench } from '../bench.js'
import { textTable } from '../markdown.js'
import { readBaseline } from './baseline-file.js'
import { measureChecked } from './measure-checked.js'
import type { Ratios } from './ratios.js'
import { type Regression, regressions, told, tolerated } from './regressions.js'

/** Compares the ratios with the baseline's; the exit code is 1 where one is worse twice in a row. */
export async function check(bench: Bench): Promise<number> {
  const { print } = bench
  const baseline = readBaseline(bench.report)
  if (baseline === undefined) {
    print('there is no baseline to compare with; --baseline writes one\n')
    return 1
  }
  const failed = await regressions(baseline, async (groups) => {
    const now = await measureChecked(bench, groups)
    print(`\n${beside(baseline, now)}\n`)
    return now
  })
  if (failed.length > 0) print(`\nbelow the baseline twice in a row:\n${lines(failed)}`)
  print(`\nratios: ${Object.keys(baseline).length - failed.length} passed, ${failed.length} failed\n`)
  return failed.length === 0 ? 0 : 1
}

/** Every ratio beside what it was, and the share that is left of it. */
function beside(baseline: Ratios, now: Ratios): string {
  const lines = Object.entries(now).map(([name, is]) => {
    const was = baseline[name]
    if (was === undefined) return [name, is.toFixed(2), '', 'not in the baseline']
    const share = (is / was).toFixed(2)
    return [name, is.toFixed(2), was.toFixed(2), is < was * tolerated ? `${share}: below` : share]
  })
  return textTable(['ratio', 'now', 'baseline', 'share'], lines)
}

function lines(all: readonly Regression[]): string {
  return all.map((one) => `  ${told(one)}\n`).join('')
}
