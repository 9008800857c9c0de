import { inspect } from 'node:util'

/** Characters of a value that are shown. */
const LENGTH = 120

/** How a call went. */
export type Outcome<T> =
  | { readonly how: 'resolved'; readonly value: T; readonly isPromise: boolean }
  | { readonly how: 'rejected'; readonly error: unknown }
  /** It threw where it was called, rather than reject. */
  | { readonly how: 'threw'; readonly error: unknown }
  | { readonly how: 'pending'; readonly after: number; readonly later: Promise<Outcome<T>> }

/** Calls, and waits at most `limit` ms for the outcome. Never rejects. */
export async function observe<T>(call: () => Promise<T> | T, limit: number): Promise<Outcome<T>> {
  let given: Promise<T> | T
  try {
    given = call()
  } catch (error) {
    return { how: 'threw', error }
  }
  if (!isThenable(given)) return { how: 'resolved', value: given, isPromise: false }
  const later = Promise.resolve(given).then(
    (value): Outcome<T> => ({ how: 'resolved', value, isPromise: true }),
    (error): Outcome<T> => ({ how: 'rejected', error }),
  )
  let timer: ReturnType<typeof setTimeout> | undefined
  const pending = new Promise<Outcome<T>>((resolve) => {
    timer = setTimeout(resolve, limit, { how: 'pending', after: limit, later })
  })
  const outcome = await Promise.race([later, pending])
  clearTimeout(timer)
  return outcome
}

/** An outcome in words, to follow "it". */
export function tell(outcome: Outcome<unknown>): string {
  switch (outcome.how) {
    case 'resolved':
      return outcome.value === undefined ? 'resolved' : `resolved with ${show(outcome.value)}`
    case 'rejected':
      return `rejected with ${show(outcome.error)}`
    case 'threw':
      return `threw ${show(outcome.error)}`
    case 'pending':
      return `was still pending after ${outcome.after} ms`
  }
}

/** A value on one line, of bounded length. */
export function show(value: unknown): string {
  const text =
    value instanceof Error
      ? `${value.name}: ${value.message}`
      : inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })
  const line = text.replaceAll('\n', ' ')
  return line.length > LENGTH ? `${line.slice(0, LENGTH - 1)}…` : line
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
