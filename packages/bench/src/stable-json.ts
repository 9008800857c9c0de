/** The same text for the same values: keys sorted, figures to four digits, pairs on one line. Ends with a line break. */
export function stableJson(value: unknown): string {
  const text = JSON.stringify(value, sortedAndRounded, 2)
  return `${text.replaceAll(/\[\n\s+([^[\]{}\n]+),\n\s+([^[\]{}\n]+)\n\s+\]/g, '[$1, $2]')}\n`
}

function sortedAndRounded(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toPrecision(4))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
