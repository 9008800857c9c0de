import { AsyncLocalStorage } from 'node:async_hooks'

/** A use whose function runs, around the present call. */
interface Use {
  over: boolean
  readonly around: Use | undefined
}

const uses = new AsyncLocalStorage<Use>()

/** Runs the function of a use; it is over when its promise settles. */
export function insideUse<T>(fn: () => T | Promise<T>): T | Promise<T> {
  const use = { over: false, around: uses.getStore() }
  const end = () => {
    use.over = true
  }
  return uses.run(use, () => {
    let outcome: T | Promise<T>
    try {
      outcome = fn()
    } catch (error) {
      end()
      throw error
    }
    if (outcome instanceof Promise) return outcome.finally(end)
    end()
    return outcome
  })
}

/** An acquire at this moment is inside a use. There is one pool to a program. */
export function isInsideUse(): boolean {
  for (let use = uses.getStore(); use !== undefined; use = use.around) if (!use.over) return true
  return false
}
