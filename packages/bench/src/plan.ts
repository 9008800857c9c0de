import { choose } from './choose.js'
import type { RowGroup } from './row-group.js'
import type { Suites } from './suite.js'

/** One group of rows that is to be measured. */
export interface Planned {
  /** Unlike any other's: `core/peers`. */
  readonly name: string
  readonly group: RowGroup
  /** Who takes part. */
  readonly contenders: readonly string[]
  readonly isQuick: boolean
}

/** What is left out; everything is measured where nothing is said. */
export interface Choice {
  readonly suites?: readonly string[]
  /** Names of groups, separated by commas. */
  readonly rows?: string | undefined
  /** Names of contenders, separated by commas. */
  readonly only?: string | undefined
  /** Default false. */
  readonly isQuick?: boolean
}

/** The groups that were chosen, in the order of the report. Throws for a name that there is not. */
export function plan(all: Suites, { suites: names = [], rows, only, isQuick = false }: Choice): Planned[] {
  const suites = choose('bench', names.length === 0 ? undefined : names.join(','), Object.keys(all)).map(
    (name) => [name, all[name] as Suites[string]] as const,
  )
  const union = (part: 'rowGroups' | 'contenders') => [
    ...new Set(suites.flatMap(([, suite]) => Object.keys(suite[part]))),
  ]
  const groups = choose('group of rows', rows, union('rowGroups'))
  const contenders = choose('contender', only, union('contenders'))
  return suites.flatMap(([suite, { contenders: own, hurried = contenders, rowGroups }]) => {
    const taking = isQuick && only === undefined ? hurried : contenders
    const present = Object.keys(own).filter((name) => taking.includes(name))
    return Object.entries(rowGroups)
      .filter(([name]) => present.length > 0 && groups.includes(name))
      .map(([name, group]) => ({ name: `${suite}/${name}`, group, contenders: present, isQuick }))
  })
}

/** One group by its full name. */
export function plannedByName(all: Suites, name: string, choice: Pick<Choice, 'only' | 'isQuick'>): Planned {
  const [suite = '', rows] = name.split('/')
  const [planned] = plan(all, { ...choice, suites: [suite], rows })
  if (planned === undefined) throw new RangeError(`nobody takes part in ${name}`)
  return planned
}
