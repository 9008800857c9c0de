import type { QueryDone } from './mysql2-internals.js'

/**
 * Whose call an error's stack leads to: that of the call itself, which costs more than the rest of the pool's part in
 * a query, so only where `trace: true` asks for it; those who await it, which costs nothing unless it fails; nobody's.
 */
export type Tracing = 'calls' | 'awaits' | 'off'

/** What a query answers by its callback, as a promise, with the stack of an error as `tracing` has it. `entrance` and
 * what it calls are left out of that. */
export function promiseAnswer(
  promiseImpl: PromiseConstructor,
  tracing: Tracing,
  entrance: (...args: never[]) => unknown,
  ask: (done: QueryDone) => unknown,
): Promise<[never, never]> {
  const call = tracing === 'calls' ? captureStack(entrance) : undefined
  return new promiseImpl((resolve, reject) => {
    ask((error, rows, fields) => {
      if (!error) resolve([rows, fields] as [never, never])
      else if (call !== undefined) reject(withStack(error, call))
      else if (tracing === 'awaits') resolve(rejectTraced(error))
      else reject(error)
    })
  })
}

/** mysql2's promises take no callbacks. */
export function refuseCallback(values: unknown): void {
  if (typeof values === 'function') throw new Error('Callback function is not available with promise clients.')
}

function captureStack(entrance: (...args: never[]) => unknown): { stack?: string } {
  const holder = {}
  Error.captureStackTrace(holder, entrance)
  return holder
}

/** The error with the stack of the call. */
function withStack(error: unknown, { stack = '' }: { stack?: string }): unknown {
  if (error instanceof Error) setCalls(error, stack.split('\n').slice(1))
  return error
}

/** Rejects with the error. Once it has been handed to a promise that is awaited, the engine knows who awaits it. */
async function rejectTraced(error: unknown): Promise<never> {
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
