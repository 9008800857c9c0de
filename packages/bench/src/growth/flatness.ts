import { count } from '../markdown.js'
import { verdict } from '../verdict.js'
import { byCost, floorOf, growth, growthBeyondFloor, type Measured, millpondOf } from './measured.js'
import type { Column } from './series.js'

/** However many there are, an operation costs at most so many times what it costs with any other number. */
const flat = 1.2

/** Whether millpond's cost is flat; where not even the floor's is, also whether it grows no more than that. */
export function flatness(measured: Measured): string[] {
  const floor = floorOf(measured)
  const isFloorFlat = floor === undefined || (steepest(measured, floor) ?? 0) <= flat
  return millpondOf(measured)
    .flatMap((column) => {
      const title = titleOf(measured, column)
      const sizes = byCost(measured, column).map(count)
      const what = `${title}: flat, the dearest (${sizes.at(-1)}) to the cheapest (${sizes[0]})`
      const own = verdict(what, steepest(measured, column), 'at most', flat)
      return isFloorFlat ? [own] : [own, beyondFloor(measured, column, title)]
    })
    .filter((line) => line !== undefined)
}

/** About the row in which it is the most. */
function beyondFloor(measured: Measured, column: Column, title: string): string | undefined {
  const share = (size: number) => growthBeyondFloor(measured, column, size) ?? 0
  const worst = [...measured.series.sizes].sort((a, b) => share(b) - share(a))[0] as number
  const what = `${title}: growth to the floor's, at worst (${count(worst)})`
  return verdict(what, growthBeyondFloor(measured, column, worst), 'at most', flat)
}

/** The dearest of a column to the cheapest. */
function steepest(measured: Measured, column: Column): number | undefined {
  return growth(measured, column, byCost(measured, column).at(-1) as number)
}

/** A column needs its title only where there are others. */
function titleOf(measured: Measured, { title }: Column): string {
  const { name } = measured.series
  return millpondOf(measured).length > 1 ? `${name}, ${title}` : name
}
