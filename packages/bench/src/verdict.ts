import { count } from './markdown.js'

/** One line: whether what was measured is within its bound; by default they are ratios. Nothing where nothing was
 * measured. */
export function verdict(
  what: string,
  measured: number | undefined,
  bound: 'at least' | 'at most',
  wanted: number,
  unit = '×',
): string | undefined {
  if (measured === undefined) return undefined
  const reached = bound === 'at least' ? measured >= wanted : measured <= wanted
  const figure = measured < 100 ? measured.toFixed(2) : count(Math.round(measured))
  return `${reached ? 'reached' : 'MISSED '}  ${what}: ${figure} ${unit} (${bound} ${count(wanted)} ${unit})`
}
