import type { Admission, IdleVerdict, Rejection, Retirement, Verdict } from './policy.js'

const severity = { keep: 0, check: 1, retire: 2 } as const

/** The severer of two: retire, then check, then keep. Of two alike, the first. */
export function severer(a: Verdict, b: Verdict): Verdict {
  return severity[word(b)] > severity[word(a)] ? b : a
}

function word(verdict: Verdict): 'keep' | 'check' | 'retire' {
  return typeof verdict === 'string' ? verdict : 'retire'
}

const strictness = { admit: 0, wait: 1, reject: 2 } as const

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
