import { groupOf, type Ratios } from './ratios.js'

/** Below this share of the baseline a ratio has become worse; what lies between is noise. */
export const tolerated = 0.8

export interface Regression {
  readonly name: string
  readonly was: number
  /** Nothing where it was not measured any more. */
  readonly is: number | undefined
}

/** The ratios of the baseline that have become worse, or that nobody measured. */
export function worse(baseline: Ratios, now: Ratios): Regression[] {
  return Object.entries(baseline)
    .map(([name, was]) => ({ name, was, is: now[name] }))
    .filter(({ was, is }) => is === undefined || is < was * tolerated)
}

/** Measures the groups with these names. */
export type Measure = (groups: readonly string[]) => Promise<Ratios>

/** What became worse twice in a row: the groups of ratios that did so once are measured again. */
export async function regressions(baseline: Ratios, measure: Measure): Promise<Regression[]> {
  const once = worse(baseline, await measure(groupsOf(baseline)))
  if (once.length === 0) return []
  const suspects = Object.fromEntries(once.map(({ name, was }) => [name, was]))
  return worse(suspects, await measure(groupsOf(suspects)))
}

function groupsOf(ratios: Ratios): string[] {
  return [...new Set(Object.keys(ratios).map(groupOf))]
}

export function told({ name, was, is }: Regression): string {
  if (is === undefined) return `${name}: ${was.toFixed(2)} in the baseline, and not measured any more`
  return `${name}: ${is.toFixed(2)}, which is ${(is / was).toFixed(2)} of the baseline's ${was.toFixed(2)} (at least ${tolerated})`
}
