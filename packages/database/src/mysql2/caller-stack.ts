/**
 * Whose call an error's stack leads to: that of the call itself, which costs more than the rest of the pool's part in
 * a query, so only where `trace: true` asks for it; those who await it, which costs nothing unless it fails; nobody's.
 */
export type Tracing = 'calls' | 'awaits' | 'off'

/** Where a call came from, to be put into the error that comes of it. `entrance` and what it calls are left out. */
export function captureStack(entrance: (...args: never[]) => unknown): { stack?: string } {
  const holder = {}
  Error.captureStackTrace(holder, entrance)
  return holder
}

/** The error with the stack of the call. */
export function withStack(error: unknown, { stack = '' }: { stack?: string }): unknown {
  if (error instanceof Error) setCalls(error, stack.split('\n').slice(1))
  return error
}

/** Rejects with the error. Once it has been handed to a promise that is awaited, the engine knows who awaits it. */
export async function rejectTraced(error: unknown): Promise<never> {
  await undefined
  await undefined
  const { stack = '' } = new Error()
  // The first line is no call, the second is this one.
  if (error instanceof Error) setCalls(error, stack.split('\n').slice(2))
  throw error
}

function setCalls(error: Error, calls: readonly string[]): void {
  if (calls.length > 0) error.stack = [`${error.name}: ${error.message}`, ...calls].join('\n')
}
