import type { Bench } from '../bench.js'
import { measured } from '../measured.js'
import { plannedByName } from '../plan.js'
import { namedIn, type Ratios } from './ratios.js'

/** The ratios of all groups that are checked, or of those with these names. */
export async function measureChecked({ suites, checked, print }: Bench, names?: readonly string[]): Promise<Ratios> {
  const planned = checked
    .filter(({ name }) => names === undefined || names.includes(name))
    .map(({ name, only, isQuick }) => plannedByName(suites, name, { only: only?.join(','), isQuick }))
  const ratios: Record<string, number> = {}
  for await (const { planned: one, findings } of measured(planned, { print, before: new Map() })) {
    const wanted = checked.find(({ name }) => name === one.name)?.ratios
    Object.assign(ratios, namedIn(one.name, picked(findings.ratios ?? {}, wanted)))
  }
  return ratios
}

function picked(ratios: Ratios, names: readonly string[] = Object.keys(ratios)): Ratios {
  return Object.fromEntries(Object.entries(ratios).filter(([name]) => names.includes(name)))
}
