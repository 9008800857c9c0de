import type { ContenderName } from './contenders/index.js'

/** Which call takes a connection: `acquire`, awaited, or the synchronous `tryAcquire`. */
export type Call = 'acquire' | 'tryAcquire'

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

/** One process of a scenario. */
export interface Entrant {
  readonly contender: ContenderName
  readonly call: Call
}

export const nameOf = ({ contender, call }: Entrant): string =>
  call === 'acquire' ? contender : `${contender}.${call}`

/** Who takes part: everybody with `acquire`; alone on the pool, millpond with `tryAcquire` as well. */
export function entrants(scenario: Scenario, contenders: readonly ContenderName[]): Entrant[] {
  const all: Entrant[] = contenders.map((contender) => ({ contender, call: 'acquire' }))
  const alone = scenario.borrowers === 1 && contenders.includes('millpond')
  return alone ? [...all, { contender: 'millpond', call: 'tryAcquire' }] : all
}
