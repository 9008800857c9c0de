import fc from 'fast-check'
import type { Action, ClientName, Command, UseAction } from './program.js'

const nth = fc.nat({ max: 7 })
const client = fc.constantFrom<ClientName[]>(undefined, undefined, 'a', 'a', 'b')

const acquireAction = fc.record({
  do: fc.constant('acquire' as const),
  timeout: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }) },
  ),
  fresh: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  signal: fc.boolean(),
  priority: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.constantFrom(1, 5, -1) }),
  client,
})

const burstAction = fc.record({
  do: fc.constant('burst' as const),
  acquires: fc.array(
    acquireAction.map((acquire) => ({ ...acquire, timeout: undefined, signal: false })),
    { minLength: 3, maxLength: 16, size: 'max' },
  ),
})

const size = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.nat({ max: 6 }))
  .map(([max, min]) => ({ max, min: Math.min(min % 3, max) }))

export const abortAction = fc.record({ do: fc.constant('abort' as const), nth })
const releaseAction = fc.record({ do: fc.constant('release' as const), nth })
const pauseAction = fc.record({
  do: fc.constant('pause' as const),
  waiters: fc.constantFrom('hold' as const, 'reject' as const),
})
const resizeAction = size.map(({ min, max }) => ({ do: 'resize' as const, min, max }))
const capacityAction = fc.record({ do: fc.constant('capacity' as const), nth, to: fc.constantFrom(0, 1, 2, 3, 5) })
const signalAction = fc.record({
  do: fc.constantFrom('lose' as const, 'loseTwice' as const, 'retireSignal' as const),
  nth,
})
const tryAction = fc.record({ do: fc.constant('tryAcquire' as const), client })

function useAction(inside: fc.Arbitrary<Action | undefined>): fc.Arbitrary<UseAction> {
  return fc.record({
    do: fc.constant('use' as const),
    fails: fc.constantFrom(true, true, false),
    ms: fc.constantFrom(0, 0, 10, 150),
    client,
    inside,
    outlives: fc.boolean(),
  })
}

const plainUse = useAction(fc.constant(undefined))
const nestingUse = useAction(
  fc.oneof(
    { weight: 2, arbitrary: plainUse },
    { weight: 2, arbitrary: acquireAction },
    { weight: 1, arbitrary: fc.oneof(releaseAction, signalAction, tryAction) },
  ),
)

/** Actions that leave the pool open. */
const frequent = [
  { weight: 14, arbitrary: acquireAction },
  { weight: 3, arbitrary: burstAction },
  { weight: 1, arbitrary: fc.constant({ do: 'acquireAborted' as const }) },
  { weight: 3, arbitrary: tryAction },
  { weight: 3, arbitrary: plainUse },
  { weight: 4, arbitrary: nestingUse },
  { weight: 3, arbitrary: abortAction },
  { weight: 12, arbitrary: releaseAction },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'releaseTwice' as const,
        'dispose' as const,
        'retire' as const,
        'destroyLease' as const,
        'detach' as const,
        'detach' as const,
      ),
      nth,
    }),
  },
  { weight: 5, arbitrary: signalAction },
  { weight: 4, arbitrary: capacityAction },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('flush' as const),
      leased: fc.constantFrom('on-release' as const, 'now' as const),
    }),
  },
  { weight: 1, arbitrary: pauseAction },
  { weight: 3, arbitrary: fc.constant({ do: 'resume' as const }) },
  { weight: 2, arbitrary: resizeAction },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('warm' as const), count: fc.nat({ max: 6 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('wake' as const, 'evict' as const), nth }) },
]

const closing = [
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      timeout: fc.integer({ min: 1, max: 600 }),
      waiters: fc.constantFrom('reject' as const, 'serve' as const),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'destroyPool' as const }) },
]

/** What an adapter does in the middle of a call. */
export const innerAction: fc.Arbitrary<Action> = fc.oneof(...frequent, ...closing)

/** What goes on at the worst moment is worth more than what goes on anyway. */
export const intrusion: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: innerAction },
  { weight: 1, arbitrary: fc.oneof(abortAction, resizeAction, pauseAction, capacityAction) },
)

export const command: fc.Arbitrary<Command> = fc.oneof(...frequent, {
  weight: 16,
  arbitrary: fc.record({
    do: fc.constant('advance' as const),
    ms: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 8_000 })),
  }),
})
