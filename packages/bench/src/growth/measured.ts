import { ratio } from '../ratio.js'
import type { Summary } from '../statistics.js'
import type { Column, Series } from './series.js'

/** A series with what it gave. */
export interface Measured {
  readonly series: Series
  /** The columns of those who took part. */
  readonly columns: readonly Column[]
  /** By `nameOf`. */
  readonly summaries: ReadonlyMap<string, Summary>
}

export const nameOf = ({ name }: Series, { title }: Column, size: number): string => `${title}, ${size} ${name}`

export function floorOf({ columns }: Measured): Column | undefined {
  return columns.find(({ contender }) => contender === 'floor')
}

export function millpondOf({ columns }: Measured): readonly Column[] {
  return columns.filter(({ contender }) => contender === 'millpond')
}

/** The sizes of a column, the cheapest first. */
export function byCost({ series, summaries }: Measured, column: Column): number[] {
  const cost = (size: number) => summaries.get(nameOf(series, column, size))?.median ?? Number.POSITIVE_INFINITY
  return [...series.sizes].sort((a, b) => cost(a) - cost(b))
}

/** How many times the cheapest of its column an operation with so many is. The cheapest need not be that with the
 * fewest. */
export function growth(measured: Measured, column: Column, size: number): number | undefined {
  const { series, summaries } = measured
  const cheapest = byCost(measured, column)[0] as number
  return ratio(summaries.get(nameOf(series, column, size)), summaries.get(nameOf(series, column, cheapest)))
}

/** How many times the floor's growth a column's is; nothing where there is no floor. */
export function growthBeyondFloor(measured: Measured, column: Column, size: number): number | undefined {
  const floor = floorOf(measured)
  const own = growth(measured, column, size)
  const least = floor && growth(measured, floor, size)
  return own && least && own / least
}
