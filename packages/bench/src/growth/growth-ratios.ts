import { byCost, floorOf, growth, growthBeyondFloor, type Measured, millpondOf } from './measured.js'

/** How flat each column of ours is: 1 where every size costs the same, and beside the floor's growth, at worst. */
export function growthRatios(measured: Measured): Record<string, number> {
  const ratios: Record<string, number> = {}
  for (const column of millpondOf(measured)) {
    const dearest = byCost(measured, column).at(-1) as number
    const steepest = growth(measured, column, dearest)
    if (steepest) ratios[`${column.title}, the cheapest × the dearest`] = 1 / steepest
    if (floorOf(measured) === undefined) continue
    const worst = Math.max(...measured.series.sizes.map((size) => growthBeyondFloor(measured, column, size) ?? 0))
    if (worst > 0) ratios[`${column.title}, the floor's growth × its own, at worst`] = 1 / worst
  }
  return ratios
}
