import type { Planned } from './plan.js'
import type { Findings } from './row-group.js'
import { roughly, type Seconds, timeLeft } from './time-left.js'

export interface Measured {
  readonly planned: Planned
  readonly findings: Findings
  /** That it took. */
  readonly seconds: number
}

interface How {
  readonly print: (text: string) => void
  /** What they took before. */
  readonly before: Seconds
}

/** Measures one group after the other, and says which, how many of them are ahead and how long they will take. Leaves
 * out those in which nobody of the contenders has a row. */
export async function* measured(all: readonly Planned[], { print, before }: How): AsyncGenerator<Measured> {
  const done = new Map<string, number>()
  for (const [index, planned] of all.entries()) {
    const ahead = all.slice(index).map(({ name }) => name)
    const left = timeLeft(ahead, before, done)
    print(`\n[${index + 1} of ${all.length}] ${planned.name}${left === undefined ? '' : `, ${roughly(left)} left`}\n`)
    const began = performance.now()
    const { group, contenders, isQuick } = planned
    const findings = await group.measure({ isQuick, contenders, progress: print })
    const seconds = (performance.now() - began) / 1000
    done.set(planned.name, seconds)
    if (findings !== undefined) yield { planned, findings, seconds }
  }
}
