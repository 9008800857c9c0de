import { hintOf, type KeepAliveHint } from '../agent/keep-alive-hint.js'

const NAME = 'keep-alive'
const none = hintOf(undefined)

// Servers say the same again and again, and in the same place.
let lastAt = 0
let lastValue: Buffer | undefined
let lastHint = none

/** From headers as undici's parser gives them: name and value in turn. */
export function hintInRaw(headers: readonly Buffer[]): KeepAliveHint {
  if (lastAt < headers.length && isName(headers[lastAt] as Buffer)) return hintIn(headers[lastAt + 1] as Buffer)
  for (let at = headers.length - 2; at >= 0; at -= 2) {
    if (!isName(headers[at] as Buffer)) continue
    lastAt = at
    return hintIn(headers[at + 1] as Buffer)
  }
  return none
}

function isName(bytes: Buffer): boolean {
  if (bytes.length !== NAME.length) return false
  for (let at = 0; at < NAME.length; at++) {
    // In lower case; it makes no other byte into a letter or a hyphen of the name.
    if (((bytes[at] as number) | 0x20) !== NAME.charCodeAt(at)) return false
  }
  return true
}

function hintIn(value: Buffer): KeepAliveHint {
  if (lastValue === undefined || !isSame(value, lastValue)) {
    lastHint = hintOf(value.toString('latin1'))
    // A copy: what was given is a part of a larger buffer.
    lastValue = Buffer.from(value)
  }
  return lastHint
}

function isSame(a: Buffer, b: Buffer): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
