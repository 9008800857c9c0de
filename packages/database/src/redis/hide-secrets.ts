import { redact } from '@millpond/core/kit'

interface Telling extends Error {
  /** ioredis: what was asked, AUTH with its password included. */
  command?: { readonly name?: unknown }
  /** Node's URL: what could not be parsed. */
  input?: unknown
}

/** Takes out of a driver's error what must not be printed: the arguments of its command, the password in a URL. */
export function hideSecrets(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const telling: Telling = error
  if (telling.command !== undefined) telling.command = { name: telling.command.name }
  if (typeof telling.input === 'string') telling.input = redact(telling.input)
  const text = redact(error.message)
  if (text !== error.message) {
    error.stack = String(error.stack).replace(error.message, text)
    error.message = text
  }
  return error
}
