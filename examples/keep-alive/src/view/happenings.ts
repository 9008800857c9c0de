export interface Happening {
  readonly at: number
  readonly what: string
  /** How often, when the same thing was said again within a moment. */
  readonly times: number
}

/** Within so many ms, the same words are one happening. */
export const moment = 300

/** What just happened, in words. */
export class Happenings {
  readonly all: Happening[] = []

  add(what: string): void {
    const at = performance.now()
    const same = this.all.findLastIndex((other) => other.what === what && at - other.at < moment)
    const known = this.all[same]
    if (known === undefined) this.all.push({ at, what, times: 1 })
    else this.all[same] = { ...known, times: known.times + 1 }
  }
}

/** What an error says in a word, where it has a code, else in full. */
export function inShort(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}

export function inWords({ what, times }: Happening): string {
  return times === 1 ? what : `${what} (${times} times)`
}
