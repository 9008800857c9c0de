/** Those that wait on the server until there is something to tell: an element that comes when its borrower has gone
 * would be taken from the list and given to nobody. */
const blocking = new Set([
  'BLMOVE',
  'BLMPOP',
  'BLPOP',
  'BRPOP',
  'BRPOPLPUSH',
  'BZMPOP',
  'BZPOPMAX',
  'BZPOPMIN',
  'WAIT',
  'WAITAOF',
])

/** These do so when they are asked to. */
const reading = new Set(['XREAD', 'XREADGROUP'])

/** Whether the server may keep the answer of this command to itself for a while. */
export function isBlocking(name: unknown, args: readonly unknown[]): boolean {
  const command = String(name).toUpperCase()
  if (blocking.has(command)) return true
  return reading.has(command) && args.some((arg) => String(arg).toUpperCase() === 'BLOCK')
}
