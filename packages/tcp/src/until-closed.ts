import type { EventEmitter } from 'node:events'

/**
 * Calls `end`, which begins the end of a socket or the like, and resolves once that has emitted `close`.
 *
 * Rejects with the signal's reason when that aborts first; `end` is called even if it has aborted already, and `destroy`
 * is due then. Either way no listener of it is left.
 */
export function untilClosed(closing: EventEmitter, signal: AbortSignal, end: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      signal.removeEventListener('abort', onAbort)
      closing.off('close', onClose)
    }
    const onClose = () => {
      settle()
      resolve()
    }
    const onAbort = () => {
      settle()
      reject(signal.reason)
    }
    closing.on('close', onClose)
    signal.addEventListener('abort', onAbort, { once: true })
    end()
    if (signal.aborted) onAbort()
  })
}
