/** Where a call came from, to be put into the error that comes of it. `entrance` and what it calls are left out. */
export function captureStack(entrance: (...args: never[]) => unknown): { stack?: string } {
  const holder = {}
  Error.captureStackTrace(holder, entrance)
  return holder
}

/** The error with the stack of the call: mysql2's option `trace`. */
export function withStack(error: unknown, holder: { stack?: string } | undefined): unknown {
  if (!(error instanceof Error) || !holder?.stack) return error
  const [, ...calls] = holder.stack.split('\n')
  error.stack = [`${error.name}: ${error.message}`, ...calls].join('\n')
  return error
}
