const code = new RegExp(`(${String.fromCharCode(27)}\\[[0-9;]*m)`)

/** Cuts a line to so many columns. Colour codes take none and all stay, so that what was opened is closed. */
export function clip(line: string, columns: number): string {
  let left = columns
  return line
    .split(code)
    .map((part, index) => {
      if (index % 2 === 1) return part
      const kept = [...part].slice(0, left).join('')
      left -= [...kept].length
      return kept
    })
    .join('')
}
