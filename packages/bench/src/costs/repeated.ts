import { type Summary, shuffled, summarise } from '../statistics.js'
import type { Figures, Probe } from './probe.js'
import { figuresOf } from './probe-process.js'

/** What each probe found, by its name: the median and spread of each figure, or that it did not come to an end. */
export type Found = ReadonlyMap<string, FoundFigures | 'unfinished'>
export type FoundFigures = Readonly<Record<string, Summary>>

export interface Repetition {
  /** Each of which has a fresh process for each probe, in random order. */
  readonly rounds: number
  /** ms that one process may take; who takes longer is not asked again. */
  readonly patience?: number
}

export async function repeated(
  probes: ReadonlyMap<string, Probe>,
  { rounds, patience }: Repetition,
  progress: (text: string) => void,
  ask: (probe: Probe, patience?: number) => Promise<Figures | undefined> = figuresOf,
): Promise<Found> {
  const all = new Map<string, Figures[]>([...probes.keys()].map((name) => [name, []]))
  const unfinished = new Set<string>()
  progress('round')
  for (let round = 1; round <= rounds; round++) {
    progress(` ${round}`)
    for (const [name, probe] of shuffled([...probes])) {
      if (unfinished.has(name)) continue
      const figures = await ask(probe, patience)
      if (figures === undefined) unfinished.add(name)
      else all.get(name)?.push(figures)
    }
  }
  progress('\n')
  return new Map([...all].map(([name, each]) => [name, unfinished.has(name) ? 'unfinished' : summariseEach(each)]))
}

function summariseEach(each: readonly Figures[]): FoundFigures {
  const names = Object.keys(each[0] ?? {})
  return Object.fromEntries(names.map((name) => [name, summarise(each.map((figures) => figures[name] as number))]))
}
