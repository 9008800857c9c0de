import { InvalidOptionError } from '@millpond/core'

export function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Throws `InvalidOptionError` unless the options are an object with none but known names. `path` is '' at the top. */
export function refuseUnknown(path: string, options: unknown, known: readonly string[]): void {
  if (!isRecord(options)) throw new InvalidOptionError(path || 'options', options, 'an object')
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    // Not its value, which may be a secret under a misspelt name.
    const name = path === '' ? key : `${path}.${key}`
    throw new InvalidOptionError(name, '[given]', `no such option; known are ${known.join(', ')}`)
  }
}
