/** One line: whether what was measured is within its bound. Nothing where nothing was measured. */
export function verdict(
  what: string,
  measured: number | undefined,
  bound: 'at least' | 'at most',
  wanted: number,
): string | undefined {
  if (measured === undefined) return undefined
  const reached = bound === 'at least' ? measured >= wanted : measured <= wanted
  return `${reached ? 'reached' : 'MISSED '}  ${what}: ${measured.toFixed(2)} × (${bound} ${wanted} ×)`
}
