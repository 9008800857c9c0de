import { InvalidOptionError } from '@millpond/core'
import { checkLatency, type Latency } from './latency.js'

/** The calls of an adapter that take time. */
export type SimulatedCall = 'connect' | 'check' | 'reset' | 'close'

/** When a fault strikes. Times are ms since the adapter was made. */
export interface FaultTime {
  /** Once: the first call from this moment on; for 'lose', at this moment. Not with `from` and `until`. */
  readonly at?: number
  /** From this moment on. Default 0. */
  readonly from?: number
  /** Before this moment. Default `Infinity`. */
  readonly until?: number
  /** How likely it strikes each call (each connection, for 'lose'), 0 to 1. Default 1. */
  readonly probability?: number
}

/** Something that goes wrong, as plain data. Of several that would strike a call, the first of the list does. */
export type Fault =
  /** An open rejects, after as long as it would have taken. */
  | (FaultTime & { readonly kind: 'refuse' })
  /** A call never settles; unless it is `deaf` (default false), it rejects when its signal aborts. */
  | (FaultTime & { readonly kind: 'hang'; readonly call?: SimulatedCall; readonly deaf?: boolean })
  /** A call takes `factor` times as long, or `by` ms longer (defaults 10 and 0); a `deaf` one whatever its signal says. */
  | (FaultTime & {
      readonly kind: 'slow'
      readonly call?: SimulatedCall
      readonly factor?: number
      readonly by?: number
      readonly deaf?: boolean
    })
  /** A check, a reset or a close rejects. */
  | (FaultTime & { readonly kind: 'fail-check' | 'fail-reset' | 'fail-close' })
  /** A connection is lost: at the moment `at`, or `after` (default 0) its open. The pool learns of it by an event of
   * `watch` (default), when it asks `isUsable`, or not at all: then only a check, a reset or a borrower finds out. */
  | (FaultTime & {
      readonly kind: 'lose'
      readonly after?: Latency
      readonly notice?: 'event' | 'asked' | 'none'
    })

/** What goes wrong, in the order of precedence. */
export type FaultSchedule = readonly Fault[]

export type FaultKind = Fault['kind']

const own: Readonly<Record<FaultKind, readonly string[]>> = {
  refuse: [],
  hang: ['call', 'deaf'],
  slow: ['call', 'factor', 'by', 'deaf'],
  'fail-check': [],
  'fail-reset': [],
  'fail-close': [],
  lose: ['after', 'notice'],
}
const common = ['kind', 'at', 'from', 'until', 'probability']
const calls: readonly unknown[] = ['connect', 'check', 'reset', 'close']
const notices: readonly unknown[] = ['event', 'asked', 'none']

/** Throws `InvalidOptionError` that names the fault, what is wrong with it and what is allowed. */
export function checkFaults(faults: FaultSchedule): void {
  if (!Array.isArray(faults)) throw new InvalidOptionError('faults', faults, 'an array of faults')
  for (const [n, fault] of faults.entries()) checkFault(`faults[${n}]`, fault)
}

function checkFault(name: string, fault: Fault): void {
  const names = own[fault?.kind]
  if (names === undefined) {
    throw new InvalidOptionError(`${name}.kind`, fault?.kind, Object.keys(own).join(', '))
  }
  const known = [...common, ...names]
  const refuse = (field: string, allowed: string): never => {
    throw new InvalidOptionError(`${name}.${field}`, (fault as unknown as Record<string, unknown>)[field], allowed)
  }
  for (const field of Object.keys(fault)) {
    if (!known.includes(field)) refuse(field, `no field of a '${fault.kind}'; there are ${known.join(', ')}`)
  }
  const { at, from = 0, until = Number.POSITIVE_INFINITY, probability = 1 } = fault
  if (at !== undefined && !(Number.isFinite(at) && at >= 0)) refuse('at', 'a moment in ms')
  if (at !== undefined && (fault.from !== undefined || fault.until !== undefined))
    refuse('at', 'nothing beside from and until')
  if (!(Number.isFinite(from) && from >= 0)) refuse('from', 'a moment in ms')
  if (!(until > from)) refuse('until', `a moment in ms after from (${from})`)
  if (!(probability >= 0 && probability <= 1)) refuse('probability', 'a number from 0 to 1')
  if ('call' in fault && fault.call !== undefined && !calls.includes(fault.call)) refuse('call', calls.join(', '))
  if (fault.kind === 'slow') {
    if (!((fault.factor ?? 1) >= 0 && Number.isFinite(fault.factor ?? 1))) refuse('factor', 'a number of at least 0')
    if (!((fault.by ?? 0) >= 0 && Number.isFinite(fault.by ?? 0))) refuse('by', 'a number of ms of at least 0')
  }
  if (fault.kind === 'lose') {
    if (fault.after !== undefined) {
      if (at !== undefined) refuse('after', 'nothing beside at')
      checkLatency(`${name}.after`, fault.after)
    }
    if (fault.notice !== undefined && !notices.includes(fault.notice)) refuse('notice', notices.join(', '))
  }
}
