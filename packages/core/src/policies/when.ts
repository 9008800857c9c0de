import type { Admission, AdmitRequest, Policy, PolicySubject, Verdict } from './policy.js'

/** Retires every connection of which `is` says so: when it has been opened, before it is lent, when it comes back.
 * For example those that lead to yesterday's primary. */
export function retireWhen<R = unknown>(is: (subject: PolicySubject<R>) => boolean): Policy<R> {
  const judge = (subject: PolicySubject<R>): Verdict => (is(subject) ? 'retire' : 'keep')
  return { name: 'retireWhen', onConnect: judge, onAcquire: judge, onRelease: judge }
}

/** Checks the health of every connection of which `is` says so, before it is lent. Needs an adapter with `check`;
 * without one it changes nothing. One that has just passed a check is not checked again. */
export function checkWhen<R = unknown>(is: (subject: PolicySubject<R>) => boolean): Policy<R> {
  return { name: 'checkWhen', onAcquire: (subject) => (is(subject) ? 'check' : 'keep') }
}

/** Admits an acquire only when `is` says so, else rejects it with `OverloadedError`. It is asked when the acquire comes,
 * not again while it waits. */
export function admitWhen(is: (request: AdmitRequest) => boolean): Policy {
  const admit = (request: AdmitRequest): Admission =>
    request.occasion !== 'arrival' || is(request) ? 'admit' : 'reject'
  return { name: 'admitWhen', admit }
}
