import type { Guard, GuardCloseOptions } from './guard.js'

/** How `closeOnSignal` closes. */
export interface CloseOnSignalOptions extends GuardCloseOptions {
  /** Default `['SIGTERM']`, what Kubernetes, systemd and Docker send. */
  readonly signals?: readonly NodeJS.Signals[]
  /** Called when all guards have closed: to close what served the requests, such as pools, after them. */
  readonly whenClosed?: () => unknown
}

/**
 * Drains guards when the process is told to stop: on the first signal `close(options)` of each; on the second
 * `destroy()`. The process then ends by itself, since nothing holds it; nothing here calls `process.exit`. Returns how
 * to take the handlers off, which also happens once all have closed.
 */
export function closeOnSignal(guards: Guard | readonly Guard[], options: CloseOnSignalOptions = {}): () => void {
  const { signals = ['SIGTERM'], whenClosed, ...closeOptions } = options
  const all = 'close' in guards ? [guards] : guards
  let isClosing = false
  const onSignal = () => {
    if (isClosing) {
      for (const guard of all) void guard.destroy()
      return
    }
    isClosing = true
    void Promise.all(all.map((guard) => guard.close(closeOptions))).then(() => {
      stop()
      return whenClosed?.()
    })
  }
  const stop = () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
  for (const signal of signals) process.on(signal, onSignal)
  return stop
}
