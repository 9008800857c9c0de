import { parseArgs } from 'node:util'
import { type Planned, plan } from './plan.js'
import type { Suites } from './suite.js'

/** What one call of the command is to do. */
export type Asked =
  | { readonly what: 'compare'; readonly planned: readonly Planned[]; readonly isWritten: boolean }
  /** Whether the ratios are what they were. */
  | { readonly what: 'check' }
  /** The ratios that are compared with from now on. */
  | { readonly what: 'baseline' }

/** Reads the arguments. Throws, naming it, for one that makes no sense. */
export function asked(suites: Suites, args: readonly string[]): Asked & { readonly isPinned: boolean } {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      baseline: { type: 'boolean', default: false },
      pin: { type: 'boolean', default: false },
      only: { type: 'string' },
      rows: { type: 'string' },
    },
  })
  const { quick, write, only, rows, pin: isPinned } = values
  if (values.check || values.baseline) {
    const what = values.check ? 'check' : 'baseline'
    const more = [...positionals, ...Object.keys(given({ ...values, pin: false, [what]: false }))]
    if (more.length > 0)
      throw new RangeError(`--${what} measures what it always measures: leave out ${more.join(', ')}`)
    return { what, isPinned }
  }
  const planned = plan(suites, { suites: positionals, rows, only, isQuick: quick })
  if (planned.length === 0) throw new RangeError(`of those, nobody takes part in these rows: ${only} in ${rows}`)
  return { what: 'compare', planned, isWritten: write, isPinned }
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== false))
}
