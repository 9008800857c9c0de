import type { Admission, IdleVerdict, Rejection, Retirement, Verdict } from './policy.js'

const severity = { keep: 0, check: 1, retire: 2 } as const
const strictness = { admit: 0, wait: 1, reject: 2 } as const

/** The severer of two: retire, then check, then keep. Of two alike, the first. */
export function severer(a: Verdict, b: Verdict): Verdict {
  const of = (verdict: Verdict) => severity[typeof verdict === 'string' ? verdict : 'retire']
  return of(b) > of(a) ? b : a
}

/** The stricter of two: reject, then wait, then admit. Of two alike, the first. */
export function stricter(a: Admission, b: Admission): Admission {
  const of = (admission: Admission) => strictness[typeof admission === 'string' ? admission : 'reject']
  return of(b) > of(a) ? b : a
}

export function isRejection(admission: Admission): admission is 'reject' | Rejection {
  return admission === 'reject' || typeof admission === 'object'
}

export function isRetirement(verdict: Verdict): verdict is 'retire' | Retirement {
  return verdict === 'retire' || typeof verdict === 'object'
}

/** What an idle verdict says of the connection, and when to ask again. */
export function readIdleVerdict(given: IdleVerdict): { readonly verdict: Verdict; readonly lookAgain: number } {
  if (typeof given === 'object' && 'lookAgain' in given) {
    return { verdict: given.verdict ?? 'keep', lookAgain: given.lookAgain }
  }
  return { verdict: given, lookAgain: Number.POSITIVE_INFINITY }
}

export function isVerdict(value: unknown): value is Verdict {
  return isWordOf(severity, value) || hasVerdict(value, 'retire')
}

export function isIdleVerdict(value: unknown): value is IdleVerdict {
  if (isVerdict(value)) return true
  if (typeof value !== 'object' || value === null) return false
  const { verdict, lookAgain } = value as { verdict?: unknown; lookAgain?: unknown }
  return typeof lookAgain === 'number' && !Number.isNaN(lookAgain) && (verdict === undefined || isVerdict(verdict))
}

export function isAdmission(value: unknown): value is Admission {
  return isWordOf(strictness, value) || (hasVerdict(value, 'reject') && (value as Rejection).error instanceof Error)
}

function isWordOf(words: object, value: unknown): boolean {
  return typeof value === 'string' && Object.hasOwn(words, value)
}

function hasVerdict(value: unknown, word: string): boolean {
  return typeof value === 'object' && value !== null && (value as { verdict?: unknown }).verdict === word
}
