/** The names in a list such as `peers,keys`; all of them without a list. Throws for a name that there is not. */
export function choose<N extends string>(what: string, given: string | undefined, all: readonly N[]): readonly N[] {
  if (given === undefined) return all
  const names = given.split(',')
  const unknown = names.filter((name) => !all.some((known) => known === name))
  if (unknown.length > 0)
    throw new RangeError(`no ${what} is called ${unknown.join(' or ')}; there are ${all.join(', ')}`)
  return all.filter((name) => names.includes(name))
}
