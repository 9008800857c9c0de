import fc from 'fast-check'
import { abortAction, command, innerAction, intrusion } from './draw-actions.js'
import { options } from './draw-options.js'
import { policies } from './draw-policies.js'
import { type Behaviour, listenedEvents, type Program, type Quirk } from './program.js'

const usually = fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) })
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 1, maxLength: 6 })
const mostly = <T>(usual: T, ...rare: T[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) })

const behaviour = (faulty: number, extra: readonly Behaviour['how'][] = []): fc.Arbitrary<Behaviour> =>
  fc.record({
    how: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<Behaviour['how'][]>('sync', 'resolve', 'resolve', 'slow') },
      {
        weight: faulty,
        arbitrary: fc.constantFrom<Behaviour['how'][]>('reject', 'rejectSlowly', 'throw', 'never', 'late', ...extra),
      },
    ),
    ms: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 400 })),
    obeys: fc.boolean(),
    meanwhile: fc.option(innerAction, { nil: undefined, freq: 12 }),
  })

const acting = fc.constant('acts' as const)
const usability = fc.constantFrom('yes' as const, 'yes', 'yes', 'yes', 'yes', 'yes', 'no', 'throw', 'loses')
const quirk = mostly<Quirk>('quiet', 'loses', 'throw')
const watching = fc.oneof(
  { weight: 6, arbitrary: some(fc.oneof({ weight: 8, arbitrary: quirk }, acting)) },
  // A server that accepts and hangs up.
  { weight: 1, arbitrary: fc.constant<Quirk[]>(['loses']) },
)
const carrying = some(mostly(2, 1, 3, 4, 0, Number.POSITIVE_INFINITY))

/** Random programs. A third of them never meet a fault, so that the plain paths are walked deep as well. */
export function programs(maxCommands: number): fc.Arbitrary<Program> {
  return fc.oneof(
    { weight: 1, arbitrary: programsWith(maxCommands, 0) },
    { weight: 2, arbitrary: programsWith(maxCommands, 4) },
  )
}

function programsWith(maxCommands: number, faulty: number): fc.Arbitrary<Program> {
  return fc.record({
    seed: fc.nat(),
    options,
    adapter: fc.record({
      has: fc.record({
        destroy: usually,
        isUsable: usually,
        check: usually,
        reset: fc.constantFrom(true, true, true, false),
        watch: usually,
        setRef: usually,
        capacity: fc.boolean(),
        isFatal: usually,
      }),
      open: some(behaviour(faulty, ['undefined'])),
      // More often: a check or a reset has fewer chances than an open or a close.
      check: some(behaviour(faulty * 2)),
      reset: some(behaviour(faulty * 5)),
      close: some(behaviour(faulty)),
      isUsable: some(faulty ? fc.oneof({ weight: 4, arbitrary: usability }, acting) : fc.constant('yes' as const)),
      watch: faulty ? watching : fc.constant<Quirk[]>(['quiet']),
      setRef: some(faulty ? fc.oneof({ weight: 8, arbitrary: quirk }, acting) : fc.constant('quiet' as const)),
      isFatal: some(fc.constantFrom('no', 'yes', ...(faulty ? (['throw', 'throw', 'acts', 'acts'] as const) : []))),
      carries: carrying,
      capacity: some(faulty ? mostly('quiet', 'loses', 'throw', 'acts', 'nonsense') : fc.constant('quiet' as const)),
      asides: some(fc.oneof({ weight: 2, arbitrary: intrusion }, { weight: 1, arbitrary: abortAction })),
    }),
    policies,
    listeners: fc.array(
      fc.record({
        on: fc.constantFrom(...listenedEvents),
        actions: fc.array(intrusion, { minLength: 1, maxLength: 4 }),
        throws: fc.boolean(),
      }),
      { maxLength: 3 },
    ),
    observed: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    commands: fc.array(command, { minLength: 1, maxLength: maxCommands, size: 'max' }),
  })
}
