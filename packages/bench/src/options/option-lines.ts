import type { Task } from '../task.js'
import { type OptionSetName, optionSetNames, optionSets } from './option-sets.js'

/** One row: what is on, and the call by which connections are taken. */
export interface Line {
  readonly title: string
  readonly on: OptionSetName
  readonly by: 'acquire' | 'use'
}

/** How many borrow at once on the ten connections. */
export interface Crowd {
  readonly title: string
  readonly borrowers: number
}

export const crowds: readonly Crowd[] = [
  { title: 'sequential', borrowers: 1 },
  { title: '100 borrowers', borrowers: 100 },
]

/** The first of each call has every option off. `nested` is about `use`, so there is a row of it by that call too. */
export const lines: readonly Line[] = [
  ...optionSetNames.map((on) => ({ title: optionSets[on].title, on, by: 'acquire' }) as const),
  ...(['none', 'nested'] as const).map(
    (on) => ({ title: `\`use()\`, ${optionSets[on].title}`, on, by: 'use' }) as const,
  ),
]

export const nameOf = ({ on, by }: Line, { title }: Crowd): string => `${on} by ${by}, ${title}`

/** What the floor is measured as, beside the options. */
export const floorName = ({ title }: Crowd): string => `floor, ${title}`

/** The first of the same call, which has every option off. */
export function offOf({ by }: Line): Line {
  return lines.find((line) => line.by === by) as Line
}

export function tasks(crowd: Crowd, contenders: readonly string[]): Task[] {
  const { borrowers } = crowd
  const floor: Task = {
    name: floorName(crowd),
    subject: { kind: 'standard', contender: 'floor' },
    work: { by: 'acquire', borrowers },
  }
  const options = lines.map(
    (line): Task => ({
      name: nameOf(line, crowd),
      subject: { kind: 'options', on: line.on },
      work: { by: line.by, borrowers },
    }),
  )
  return contenders.includes('floor') ? [floor, ...options] : options
}
