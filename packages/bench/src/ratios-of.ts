/** The ratios that were measured, by their names. */
export function ratiosOf(all: readonly (readonly [name: string, ratio: number | undefined])[]): Record<string, number> {
  return Object.fromEntries(all.flatMap(([name, ratio]) => (ratio === undefined ? [] : [[name, ratio]])))
}
