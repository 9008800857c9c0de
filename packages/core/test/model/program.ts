import fc from 'fast-check'
import type { PoolOptions } from '../../src/index.js'

/** Something a caller, a listener or an adapter callback does to a pool. `nth` picks among what there is at that moment. */
export type Action =
  | { readonly do: 'acquire'; readonly timeout: number | undefined; readonly fresh: boolean; readonly signal: boolean }
  | { readonly do: 'acquireAborted' }
  | { readonly do: 'tryAcquire' }
  | { readonly do: 'use'; readonly fails: boolean }
  | { readonly do: 'abort'; readonly nth: number }
  | { readonly do: 'release'; readonly nth: number }
  | { readonly do: 'releaseTwice'; readonly nth: number }
  | { readonly do: 'dispose'; readonly nth: number }
  | { readonly do: 'retire'; readonly nth: number }
  | { readonly do: 'destroyLease'; readonly nth: number }
  | { readonly do: 'detach'; readonly nth: number }
  | { readonly do: 'lose'; readonly nth: number }
  | { readonly do: 'loseTwice'; readonly nth: number }
  | { readonly do: 'retireSignal'; readonly nth: number }
  | { readonly do: 'flush'; readonly leased: 'on-release' | 'now' }
  | { readonly do: 'pause'; readonly waiters: 'hold' | 'reject' }
  | { readonly do: 'resume' }
  | { readonly do: 'resize'; readonly min: number; readonly max: number }
  | { readonly do: 'warm'; readonly count: number }
  | { readonly do: 'close'; readonly timeout: number; readonly waiters: 'reject' | 'serve' }
  | { readonly do: 'destroyPool' }

export type Command = Action | { readonly do: 'advance'; readonly ms: number }

/** How one call of the adapter goes. */
export interface Behaviour {
  readonly how: 'sync' | 'resolve' | 'slow' | 'reject' | 'rejectSlowly' | 'throw' | 'never' | 'late' | 'undefined'
  readonly ms: number
  /** Stops when its signal aborts. */
  readonly obeys: boolean
  /** What the adapter itself does to the pool in the middle of it. */
  readonly meanwhile: Action | undefined
}

type Quirk = 'quiet' | 'loses' | 'throw' | 'acts'

export interface Program {
  readonly seed: number
  readonly options: PoolOptions
  /** Which optional methods the adapter has, and how each goes: the lists are gone through again and again. */
  readonly adapter: {
    readonly has: { readonly [K in 'destroy' | 'isUsable' | 'check' | 'reset' | 'watch' | 'setRef']: boolean }
    readonly open: readonly Behaviour[]
    readonly check: readonly Behaviour[]
    readonly reset: readonly Behaviour[]
    readonly close: readonly Behaviour[]
    readonly isUsable: readonly ('yes' | 'no' | 'throw' | 'loses' | 'acts')[]
    readonly watch: readonly Quirk[]
    readonly setRef: readonly Quirk[]
    /** What a synchronous call that `acts` does to the pool. */
    readonly asides: readonly Action[]
  }
  /** Listeners that act; each does its actions one by one, an event each. */
  readonly listeners: readonly {
    readonly on: ListenedEvent
    readonly actions: readonly Action[]
    readonly throws: boolean
  }[]
  /** Whether the test itself listens: with a listener the pool takes another path than without. */
  readonly observed: boolean
  readonly commands: readonly Command[]
}

export const listenedEvents = [
  'connecting',
  'connect',
  'connectError',
  'transition',
  'retire',
  'disconnect',
  'acquiring',
  'acquire',
  'acquireError',
  'release',
  'flush',
  'quiet',
  'slow',
  'misuse',
] as const
export type ListenedEvent = (typeof listenedEvents)[number]

const nth = fc.nat({ max: 7 })
const maybe = <T>(value: T, weight = 1) => fc.option(fc.constant(value), { nil: undefined, freq: weight })

const acquireAction = fc.record({
  do: fc.constant('acquire' as const),
  timeout: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 400 }) },
  ),
  fresh: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  signal: fc.boolean(),
})

const usually = fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) })

const size = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.nat({ max: 6 }))
  .map(([max, min]) => ({ max, min: Math.min(min % 3, max) }))

const abortAction = fc.record({ do: fc.constant('abort' as const), nth })
const pauseAction = fc.record({
  do: fc.constant('pause' as const),
  waiters: fc.constantFrom('hold' as const, 'reject' as const),
})
const resizeAction = size.map(({ min, max }) => ({ do: 'resize' as const, min, max }))

/** Actions that leave the pool open. */
const frequent = [
  { weight: 14, arbitrary: acquireAction },
  { weight: 1, arbitrary: fc.constant({ do: 'acquireAborted' as const }) },
  { weight: 3, arbitrary: fc.constant({ do: 'tryAcquire' as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('use' as const), fails: fc.boolean() }) },
  { weight: 3, arbitrary: abortAction },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('release' as const), nth }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'releaseTwice' as const,
        'dispose' as const,
        'retire' as const,
        'destroyLease' as const,
        'detach' as const,
      ),
      nth,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('lose' as const, 'loseTwice' as const, 'retireSignal' as const), nth }),
  },
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

const innerAction: fc.Arbitrary<Action> = fc.oneof(...frequent, ...closing)

/** What goes on at the worst moment is worth more than what goes on anyway. */
const intrusion: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: innerAction },
  { weight: 1, arbitrary: fc.oneof(abortAction, resizeAction, pauseAction) },
)

const command: fc.Arbitrary<Command> = fc.oneof(...frequent, {
  weight: 16,
  arbitrary: fc.record({
    do: fc.constant('advance' as const),
    ms: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 8_000 })),
  }),
})

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

const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 1, maxLength: 6 })
const mostly = <T>(usual: T, ...rare: T[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...rare) })

const acting = fc.constant('acts' as const)
const usability = fc.constantFrom('yes' as const, 'yes', 'yes', 'yes', 'yes', 'yes', 'no', 'throw', 'loses')
const quirk = mostly<Quirk>('quiet', 'loses', 'throw')
const watching = fc.oneof(
  { weight: 6, arbitrary: some(fc.oneof({ weight: 8, arbitrary: quirk }, acting)) },
  // A server that accepts and hangs up.
  { weight: 1, arbitrary: fc.constant<Quirk[]>(['loses']) },
)

const options: fc.Arbitrary<PoolOptions> = fc
  .record({
    size: fc.record({ min: fc.nat({ max: 3 }), max: fc.integer({ min: 1, max: 5 }), minSpare: maybe(1, 4) }),
    acquire: fc.record({
      timeout: fc.constantFrom(50, 300, 1_000, 5_000),
      maxWaiting: fc.constantFrom(2, 5, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
      order: fc.constantFrom('fifo', 'fifo', 'lifo'),
      slow: fc.constantFrom(20, Number.POSITIVE_INFINITY),
    }),
    connect: fc.record({
      timeout: fc.constantFrom(100, 500),
      concurrency: fc.constantFrom(1, 2, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
      growth: fc.constantFrom('elastic', 'eager'),
      backoff: fc.constantFrom({}, { initialDelay: 10, maxDelay: 40 }),
      retry: fc.boolean(),
    }),
    idle: fc.record({
      timeout: fc.constantFrom(40, 500, 5_000, Number.POSITIVE_INFINITY),
      max: fc.constantFrom(3, Number.POSITIVE_INFINITY),
      reuse: fc.constantFrom('lifo', 'fifo', 'random'),
    }),
    lifetime: fc.record({
      maxAge: fc.constantFrom(300, 3_000, Number.POSITIVE_INFINITY),
      jitter: fc.constantFrom(0, 0.2),
      maxUses: fc.constantFrom(1, 3, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
    }),
    health: fc.record({
      after: fc.constantFrom(0, 30, 500),
      every: fc.constantFrom(60, 900, Number.POSITIVE_INFINITY),
      concurrency: fc.constantFrom(1, 2),
      timeout: fc.constantFrom(50, 200),
    }),
    release: fc.record({ timeout: fc.constantFrom(50, 200) }),
    close: fc.record({ timeout: fc.constantFrom(50, 200) }),
    stats: fc.constantFrom('basic', 'full'),
    start: mostly('ready' as const, 'paused' as const),
  } as const)
  .map((given) => {
    const max = given.size.max
    const min = Math.min(given.size.min, max)
    const minSpare = given.size.minSpare ?? 0
    return {
      ...given,
      size: { min, max, minSpare },
      // The model resizes at will: an idle.max below any min it may ask for would only be refused.
      idle: { ...given.idle, max: Math.max(given.idle.max, min, minSpare, 2) },
    } as PoolOptions
  })

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
        reset: usually,
        watch: usually,
        setRef: usually,
      }),
      open: some(behaviour(faulty, ['undefined'])),
      // Twice: a check or a reset has fewer chances than an open or a close.
      check: some(behaviour(faulty * 2)),
      reset: some(behaviour(faulty * 2)),
      close: some(behaviour(faulty)),
      isUsable: some(faulty ? fc.oneof({ weight: 4, arbitrary: usability }, acting) : fc.constant('yes' as const)),
      watch: faulty ? watching : fc.constant<Quirk[]>(['quiet']),
      setRef: some(faulty ? fc.oneof({ weight: 8, arbitrary: quirk }, acting) : fc.constant('quiet' as const)),
      asides: some(fc.oneof({ weight: 2, arbitrary: intrusion }, { weight: 1, arbitrary: abortAction })),
    }),
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
