/** Frames from here to `https.request`: this function, its caller, the getter, and `ClientRequest`. */
const FRAMES = 6

/**
 * Whether `http.request` or `https.request` is asking. `ClientRequest` reads an agent's `protocol` without saying for
 * whom; the stack is the only way to know, and it costs microseconds.
 */
export function callingScheme(): 'http:' | 'https:' {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = FRAMES
  const { stack } = new Error()
  Error.stackTraceLimit = stackTraceLimit
  return stack?.includes('node:https:') ? 'https:' : 'http:'
}
