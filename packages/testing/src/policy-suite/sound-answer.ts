import type { PolicyHooks } from '@millpond/core'
import { isAdmission, isIdleVerdict, isVerdict } from '@millpond/core/kit'

export type HookName = keyof PolicyHooks

const isSound: Partial<Record<HookName, (answer: unknown) => boolean>> = {
  onConnect: isVerdict,
  onAcquire: isVerdict,
  onRelease: isVerdict,
  onIdle: isIdleVerdict,
  admit: isAdmission,
  mayOpen: isAdmission,
}

/** What is wrong with an answer; undefined where nothing is. Hooks that are told, and not asked, answer nothing. */
export function whatIsWrong(hook: HookName, answer: unknown): string | undefined {
  if (typeof (answer as PromiseLike<unknown> | undefined)?.then === 'function')
    return 'a promise: hooks are synchronous'
  const check = isSound[hook]
  if (check === undefined || check(answer)) return undefined
  // Of a connection it need not say anything.
  if (answer === undefined && hook !== 'admit' && hook !== 'mayOpen') return undefined
  return answer === undefined ? 'nothing' : JSON.stringify(answer)
}

/** It is one of those that are asked who may go on. */
export function isAboutAdmission(hook: HookName): hook is 'admit' | 'mayOpen' {
  return hook === 'admit' || hook === 'mayOpen'
}
