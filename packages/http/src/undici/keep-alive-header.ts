import { hintOf, type KeepAliveHint } from '../agent/keep-alive-hint.js'

const NAME = 'keep-alive'

/** From headers as undici's parser gives them: name and value in turn. */
export function hintInRaw(headers: readonly Buffer[]): KeepAliveHint {
  for (let at = headers.length - 2; at >= 0; at -= 2) {
    const name = headers[at] as Buffer
    // Its own length, and a K: most other headers need not be made into text.
    if (name.length !== NAME.length || ((name[0] as number) | 0x20) !== 0x6b) continue
    if (name.toString('latin1').toLowerCase() === NAME) return hintOf((headers[at + 1] as Buffer).toString('latin1'))
  }
  return hintOf(undefined)
}
