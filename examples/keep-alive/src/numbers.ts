/** 12.3 ms, 456 ms, 1.23 s; a dash for what there is not. */
export function ms(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–'
  if (value >= 999.5) return `${(value / 1_000).toFixed(2)} s`
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ms`
}

/** 12,345 */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** 3.2 s, for a moment of a run. */
export function seconds(value: number): string {
  return `${(value / 1_000).toFixed(1)} s`
}
