/** The command line asks for what cannot be; the message names the argument and its value. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
