import { type ContenderName, contenderNames } from '../contenders/index.js'
import type { Task } from '../task.js'

/** One row of the table: so many borrowers at once on the ten connections, each taking one and giving it back. */
export interface Scenario {
  readonly title: string
  readonly borrowers: number
}

export const scenarios: readonly Scenario[] = [
  { title: 'sequential', borrowers: 1 },
  { title: '10 borrowers', borrowers: 10 },
  { title: '100 borrowers', borrowers: 100 },
  { title: '1,000 borrowers', borrowers: 1000 },
]

/** Nobody waits, nearly everybody waits. */
export const quickScenarios: readonly Scenario[] = scenarios.filter(({ borrowers }) => [1, 100].includes(borrowers))

/** Who takes part: everybody with `acquire`; alone on the pool, millpond with `tryAcquire` as well. */
export function entrants({ borrowers }: Scenario, contenders: readonly string[]): Task[] {
  const present = contenderNames.filter((name) => contenders.includes(name))
  const all = present.map(
    (contender): Task => ({
      name: contender,
      subject: { kind: 'standard', contender },
      work: { by: 'acquire', borrowers },
    }),
  )
  return borrowers === 1 && contenders.includes('millpond') ? [...all, byTryAcquire('millpond')] : all
}

/** The synchronous call. */
export function byTryAcquire(contender: ContenderName): Task {
  return {
    name: `${contender}.tryAcquire`,
    subject: { kind: 'standard', contender },
    work: { by: 'tryAcquire' },
  }
}
