/** What a driver's function is given when it takes a callback. */
type Callback<T> = (error?: unknown, value?: T) => void

/**
 * Calls a driver's function that answers with a promise, with a plain value, or, when it declares one parameter more
 * than `given`, through a callback. `settle` is called once, whatever the function does; what it throws is an error.
 */
export function callDriver<T>(
  driver: object,
  name: string,
  given: readonly unknown[],
  settle: (error: unknown, value?: T) => void,
): void {
  let isSettled = false
  const succeed: Callback<T> = (error, value) => {
    if (isSettled) return
    isSettled = true
    // No error is undefined, null or, when it is a socket's 'close' that calls back, false.
    settle(error || undefined, value)
  }
  // Some drivers reject with nothing at all.
  const fail = (error: unknown) => succeed(error || new Error(`${name}() of the driver failed and gave no reason`))
  const fn = (driver as Record<string, (...args: unknown[]) => unknown>)[name]
  const takesCallback = fn !== undefined && fn.length > given.length
  try {
    const answer = fn?.call(driver, ...given, ...(takesCallback ? [succeed] : []))
    if (isThenable<T>(answer)) answer.then((value) => succeed(undefined, value), fail)
    else if (!takesCallback) succeed(undefined, answer as T)
  } catch (error) {
    fail(error)
  }
}

/** As a promise, which rejects with the signal's reason as soon as that aborts: drivers rarely know how to stop. */
export function askDriver(driver: object, name: string, connection: unknown, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    callDriver(driver, name, [connection], (error) => {
      signal.removeEventListener('abort', giveUp)
      if (error === undefined) resolve()
      else reject(error)
    })
  })
}

function isThenable<T>(value: unknown): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | undefined)?.then === 'function'
}
