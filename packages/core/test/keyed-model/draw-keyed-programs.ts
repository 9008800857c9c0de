import fc from 'fast-check'
import type { PoolOptions } from '../../src/index.js'
import type { Behaviour } from '../model/program.js'
import {
  type KeyedAction,
  type KeyedCommand,
  type KeyedProgram,
  listenedEvents,
  type ServerPlan,
} from './keyed-program.js'

const off = Number.POSITIVE_INFINITY
const nth = fc.nat({ max: 7 })
const key = fc.nat({ max: 3 })
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 1, maxLength: 5 })
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })
const sometimes = <T>(...values: T[]) =>
  fc.oneof(weighted(3, fc.constant(false as const)), weighted(1, fc.constantFrom(...values)))
const one = <const T extends string>(what: T) => fc.record({ do: fc.constant(what), nth })
const leased = fc.constantFrom('on-release' as const, 'on-release' as const, 'now' as const)
const waiters = fc.constantFrom('reject' as const, 'serve' as const)

const acquire = fc.record({
  do: fc.constant('acquire' as const),
  key,
  timeout: fc.oneof(weighted(3, fc.constant(undefined)), weighted(1, fc.integer({ min: 1, max: 400 }))),
  fresh: fc.oneof(weighted(7, fc.constant(false)), weighted(1, fc.constant(true))),
  signal: fc.boolean(),
})

const borrowing: fc.Arbitrary<KeyedAction> = fc.oneof(
  weighted(8, acquire),
  weighted(1, fc.record({ do: fc.constant('acquireAborted' as const), key })),
  weighted(2, fc.record({ do: fc.constant('tryAcquire' as const), key })),
  weighted(2, fc.record({ do: fc.constant('use' as const), key, ms: fc.nat({ max: 60 }) })),
  weighted(2, one('abort')),
)

const ending: fc.Arbitrary<KeyedAction> = fc.oneof(
  weighted(6, one('release')),
  weighted(1, one('retire')),
  weighted(1, one('destroyLease')),
  weighted(1, one('detach')),
  weighted(1, one('lose')),
  weighted(1, one('retireSignal')),
)

const flushing: fc.Arbitrary<KeyedAction> = fc.oneof(
  weighted(3, fc.record({ do: fc.constant('flush' as const), key, leased })),
  weighted(1, fc.record({ do: fc.constant('flushAll' as const), leased })),
)

const managing: fc.Arbitrary<KeyedAction> = fc.oneof(
  weighted(
    2,
    fc.record({ do: fc.constant('pause' as const), key, waiters: fc.constantFrom('hold' as const, 'reject' as const) }),
  ),
  weighted(4, fc.record({ do: fc.constant('resume' as const), key })),
  weighted(
    1,
    fc.record({
      do: fc.constant('resize' as const),
      key,
      min: fc.nat({ max: 1 }),
      max: fc.integer({ min: 1, max: 3 }),
    }),
  ),
  weighted(1, fc.record({ do: fc.constant('warm' as const), key, count: fc.integer({ min: 1, max: 3 }) })),
  weighted(
    2,
    fc.record({
      do: fc.constant('closeKey' as const),
      key,
      timeout: fc.constantFrom(1, 100, 2_000),
      now: fc.boolean(),
    }),
  ),
)

const closing: fc.Arbitrary<KeyedAction> = fc.oneof(
  fc.record({ do: fc.constant('close' as const), timeout: fc.constantFrom(1, 100, 2_000), waiters }),
  fc.record({ do: fc.constant('destroy' as const) }),
)

const work = fc.record({
  do: fc.constant('work' as const),
  key,
  keys: fc.constantFrom(1, 1, 2, 3),
  borrowers: fc.integer({ min: 1, max: 3 }),
  rounds: fc.integer({ min: 2, max: 12 }),
  ms: fc.nat({ max: 30 }),
})

const command: fc.Arbitrary<KeyedCommand> = fc.oneof(
  weighted(40, borrowing),
  weighted(30, ending),
  weighted(3, flushing),
  weighted(5, managing),
  weighted(6, work),
  weighted(
    22,
    fc.record({
      do: fc.constant('advance' as const),
      ms: fc.oneof(
        weighted(3, fc.integer({ min: 1, max: 30 })),
        weighted(2, fc.integer({ min: 1, max: 300 })),
        weighted(1, fc.constantFrom(1_100, 2_500)),
      ),
    }),
  ),
)

/** What a listener does: everything but to wait. */
const intrusion: fc.Arbitrary<KeyedAction> = fc.oneof(
  weighted(6, borrowing),
  weighted(6, ending),
  weighted(3, flushing),
  weighted(5, managing),
)

const options = fc
  .record({
    size: fc.record({
      min: fc.constantFrom(0, 0, 0, 1),
      max: fc.integer({ min: 1, max: 3 }),
      minSpare: fc.constantFrom(0, 0, 0, 0, 0, 1),
    }),
    acquire: fc.record({
      timeout: fc.constantFrom(60, 400, 3_000, 3_000),
      maxWaiting: fc.constantFrom(0, 2, off, off, off, off, off),
      order: fc.constantFrom('fifo', 'fifo', 'fifo', 'lifo'),
    }),
    connect: fc.record({
      timeout: fc.constantFrom(100, 300),
      growth: fc.constantFrom('elastic', 'eager'),
      backoff: fc.constantFrom({ initialDelay: 10, maxDelay: 40 }, { initialDelay: 50, maxDelay: 200 }),
      breaker: sometimes({ failures: 1, cooldown: 80 }, { failures: 2, cooldown: 400 }),
      retry: fc.boolean(),
    }),
    idle: fc.record({
      timeout: fc.constantFrom(40, 300, 1_000, off),
      reuse: fc.constantFrom('lifo', 'lifo', 'fifo', 'random'),
    }),
    lifetime: fc.record({
      maxUses: fc.constantFrom(1, 3, off, off, off, off, off),
      maxAge: fc.constantFrom(400, off, off),
    }),
    health: fc.record({
      after: fc.constantFrom(0, 30, 500),
      every: fc.constantFrom(100, 400),
      timeout: fc.constant(50),
    }),
    release: fc.record({ timeout: fc.constant(50) }),
    close: fc.record({ timeout: fc.constantFrom(40, 150) }),
    stats: fc.constantFrom('basic', 'basic', 'full'),
  })
  .map((given) => ({ ...given, size: { ...given.size, min: Math.min(given.size.min, given.size.max) } }) as PoolOptions)

const behaviour = (faulty: number): fc.Arbitrary<Behaviour> =>
  fc.record({
    how: fc.oneof(
      weighted(8, fc.constantFrom<Behaviour['how'][]>('sync', 'resolve', 'resolve', 'slow')),
      weighted(faulty, fc.constantFrom<Behaviour['how'][]>('reject', 'rejectSlowly', 'throw', 'never', 'late')),
    ),
    ms: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 250 })),
    obeys: fc.boolean(),
    meanwhile: fc.constant(undefined),
  })

const server = (faulty: number): fc.Arbitrary<ServerPlan> =>
  fc.record({
    open: fc.oneof(
      weighted(5, some(behaviour(faulty))),
      // A server that is down for good.
      weighted(faulty > 0 ? 1 : 0, fc.constant([{ how: 'reject', ms: 1, obeys: true, meanwhile: undefined } as const])),
    ),
    close: some(behaviour(faulty)),
    // More: a check or a reset has fewer chances than an open or a close.
    check: some(behaviour(faulty * 2)),
    reset: some(behaviour(faulty * 4)),
    isUsable: faulty > 0 ? some(fc.constantFrom(true, true, true, true, false)) : fc.constant([true]),
  })

/** Random programs. A third of them never meet a fault, so that the plain paths are walked deep as well. */
export function keyedPrograms(maxCommands: number): fc.Arbitrary<KeyedProgram> {
  return fc.oneof(weighted(1, programsWith(maxCommands, 0)), weighted(2, programsWith(maxCommands, 4)))
}

function programsWith(maxCommands: number, faulty: number): fc.Arbitrary<KeyedProgram> {
  const program = fc.record({
    seed: fc.nat(),
    kind: fc.constantFrom('keyed', 'keyed', 'shared'),
    total: fc.oneof(weighted(6, fc.integer({ min: 1, max: 4 })), weighted(1, fc.constant(off))),
    maxKeys: fc.constantFrom(1, 2, off, off, off, off),
    options,
    servers: fc.array(server(faulty), { minLength: 1, maxLength: 4 }),
    has: fc.record({
      destroy: fc.boolean(),
      check: fc.boolean(),
      reset: fc.boolean(),
      isUsable: fc.boolean(),
      capacity: fc.constantFrom(undefined, undefined, undefined, 2, 3),
    }),
    listeners: fc.array(
      fc.record({
        on: fc.constantFrom(...listenedEvents),
        actions: fc.array(intrusion, { minLength: 1, maxLength: 8 }),
      }),
      { maxLength: 3 },
    ),
    observed: fc.oneof(weighted(3, fc.constant(true)), weighted(1, fc.constant(false))),
    rests: fc.boolean(),
    commands: fc
      .tuple(
        fc.array(command, { minLength: 1, maxLength: maxCommands, size: 'max' }),
        fc.option(closing, { nil: undefined, freq: 3 }),
        fc.array(command, { maxLength: 8 }),
      )
      .map(([before, close, after]) => (close === undefined ? before : [...before, close, ...after])),
  })
  return program.map((drawn) => {
    const isShared = drawn.kind === 'shared'
    return {
      ...drawn,
      total: isShared && drawn.total === off ? 3 : drawn.total,
      maxKeys: isShared ? off : drawn.maxKeys,
      servers: isShared
        ? [...drawn.servers, ...drawn.servers].slice(0, Math.min(3, drawn.servers.length + 1))
        : drawn.servers,
    } as KeyedProgram
  })
}
