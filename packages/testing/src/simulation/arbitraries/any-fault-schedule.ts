import fc from 'fast-check'
import type { Fault, FaultSchedule, FaultTime } from '../fault.js'
import { anyLatency } from './any-latency.js'

export interface AnyFaultSchedule {
  /** ms within which faults strike. Default 10 000. */
  readonly duration?: number
  /** Faults at most. Default 5. */
  readonly most?: number
}

/** Things that go wrong within a duration, of every kind. They shrink towards nothing going wrong. */
export function faultSchedule({ duration = 10_000, most = 5 }: AnyFaultSchedule = {}): fc.Arbitrary<FaultSchedule> {
  const moment = fc.nat({ max: duration - 1 })
  const at = moment.map((at) => ({ at }))
  const probability = fc.constantFrom(1, 0.01, 0.1, 0.5)
  const period = fc
    .tuple(moment, fc.integer({ min: 1, max: Math.max(1, duration / 4) }), probability)
    .map(([from, length, probability]) => ({ from, until: from + length, probability }))
  const always = fc.constantFrom(0.01, 0.1, 0.3).map((probability) => ({ probability }))
  const time: fc.Arbitrary<FaultTime> = fc.oneof(at, period, always)
  const call = fc.constantFrom('connect' as const, 'check' as const, 'reset' as const, 'close' as const)
  const kinds: fc.Arbitrary<Fault>[] = [
    striking(time, fc.record({ kind: fc.constant('refuse' as const) })),
    striking(time, fc.record({ kind: fc.constant('hang' as const), call, deaf: fc.boolean() })),
    striking(
      time,
      fc.record({
        kind: fc.constant('slow' as const),
        call,
        factor: fc.constantFrom(1, 3, 10),
        by: fc.constantFrom(0, 50, 2_000),
        deaf: fc.boolean(),
      }),
    ),
    striking(
      time,
      fc.record({ kind: fc.constantFrom('fail-check' as const, 'fail-reset' as const, 'fail-close' as const) }),
    ),
    striking(at, fc.record({ kind: fc.constant('lose' as const), notice })),
    striking(
      fc.oneof(period, always),
      fc.record({ kind: fc.constant('lose' as const), after: anyLatency(duration / 20), notice }),
    ),
  ]
  return fc.array(fc.oneof(...kinds), { maxLength: most })
}

const notice = fc.constantFrom('event' as const, 'asked' as const, 'none' as const)

function striking<F>(time: fc.Arbitrary<FaultTime>, fault: fc.Arbitrary<F>): fc.Arbitrary<F & FaultTime> {
  return fc.tuple(time, fault).map(([time, fault]) => ({ ...fault, ...time }))
}
