import { type Figures, figuresOf } from './figures.js'
import { runFleet } from './fleet.js'
import type { Comparison } from './scenarios.js'

const columns: Readonly<Record<string, (figures: Figures) => string>> = {
  'tries while down': ({ attempts }) => String(attempts),
  'at once after': ({ atOnce }) => String(atOnce),
  'most sessions': ({ mostSessions }) => String(mostSessions),
  'told after': ({ toldAfter }) => `${toldAfter.toFixed(0)} ms`,
  failed: ({ failed }) => String(failed),
  'of them after': ({ failedLater }) => String(failedLater),
  starved: ({ starved }) => String(starved),
  'well after': ({ backAfter }) => (Number.isFinite(backAfter) ? `${(backAfter / 1_000).toFixed(1)} s` : 'never'),
}

/** Runs the fleets and prints a line for each. Resolves with what they came to. */
export async function printComparison(
  { title, fleets }: Comparison,
  print: (line: string) => void,
): Promise<Readonly<Record<string, Figures>>> {
  const width = Math.max(...Object.keys(fleets).map((name) => name.length))
  const found: Record<string, Figures> = {}
  print(`${title}:`)
  print(`  ${''.padEnd(width)}  ${Object.keys(columns).join('  ')}`)
  for (const [name, fleet] of Object.entries(fleets)) {
    const figures = figuresOf(fleet, await runFleet(fleet))
    const cells = Object.entries(columns).map(([head, show]) => show(figures).padStart(head.length))
    print(`  ${name.padEnd(width)}  ${cells.join('  ')}`)
    found[name] = figures
  }
  print('')
  return found
}
