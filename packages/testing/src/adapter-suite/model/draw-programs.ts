import type { PoolOptions } from '@millpond/core'
import fc, { type Arbitrary } from 'fast-check'
import type { AdapterSuiteOptions } from '../adapter-suite-options.js'
import type { Bench } from '../bench.js'
import type { Command, Program } from './program.js'

/** Commands of a program at most. */
const LENGTH = 16

/** Random programs of what this server and this author can do. */
export function drawPrograms<R>(bench: Bench<R>): Arbitrary<Program> {
  return fc.record({
    options: drawOptions(),
    commands: fc.array(drawCommand(bench), { minLength: 1, maxLength: LENGTH, size: 'max' }),
    closesUnwell: fc.boolean(),
    keepsLeases: fc.boolean(),
  })
}

/** Small pools, that open, check and give up soon. */
function drawOptions(): Arbitrary<PoolOptions> {
  return record({
    size: record({ max: fc.integer({ min: 1, max: 3 }), min: fc.integer({ min: 0, max: 1 }) }),
    acquire: record({ timeout: fc.constantFrom(300, 150) }),
    connect: record({
      timeout: fc.constantFrom(200, 100),
      growth: fc.constantFrom('elastic' as const, 'eager' as const),
      backoff: fc.constant({ initialDelay: 5, maxDelay: 20 }),
    }),
    idle: record({ timeout: fc.constantFrom(Number.POSITIVE_INFINITY, 30) }),
    lifetime: record({ maxUses: fc.constantFrom(Number.POSITIVE_INFINITY, 2) }),
    // 0: checked before nearly every lease; 500: never, within the time that a program takes.
    health: record({ after: fc.constantFrom(0, 500), timeout: fc.constant(100) }),
    release: fc.constant({ timeout: 100 }),
    close: fc.constant({ timeout: 100 }),
  })
}

/** Plain objects, which print as such. */
function record<T extends object>(of: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T> {
  return fc.record(of, { noNullPrototype: true }) as Arbitrary<T>
}

function drawCommand<R>({ server, options }: Bench<R>): Arbitrary<Command> {
  const nth = fc.integer({ min: 0, max: 3 })
  const given = <T>(is: boolean, weight: number, arbitrary: Arbitrary<T>) => (is ? [{ weight, arbitrary }] : [])
  const onOrOff = (command: 'refuse' | 'blackhole') =>
    fc.record({ do: fc.constant(command), on: fc.boolean() }) satisfies Arbitrary<Command>
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant<Command>({ do: 'acquire' }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('release' as const), nth }) },
    { weight: 4, arbitrary: drawUse(options) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('retire' as const), nth }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('destroy' as const), nth }) },
    { weight: 1, arbitrary: drawFlush() },
    { weight: 1, arbitrary: fc.constant<Command>({ do: 'close' }) },
    ...given(options.dirty !== undefined, 4, fc.record({ do: fc.constant('dirty' as const), nth })),
    ...given(server.can('kill'), 2, fc.record({ do: fc.constant('kill leased' as const), nth })),
    ...given(server.can('kill'), 3, fc.record({ do: fc.constant('kill idle' as const), nth })),
    ...given(server.can('refuse'), 2, onOrOff('refuse')),
    ...given(server.can('blackhole'), 2, onOrOff('blackhole')),
    ...given(server.can('stop') && server.can('start'), 1, fc.constant<Command>({ do: 'stop' })),
    ...given(server.can('stop') && server.can('start'), 2, fc.constant<Command>({ do: 'start' })),
  )
}

function drawUse<R>({ dirty }: AdapterSuiteOptions<R>): Arbitrary<Command> {
  const dirties = dirty === undefined ? fc.constant(false) : fc.boolean()
  const times = fc.integer({ min: 1, max: 6 })
  return fc.record({ do: fc.constant('use' as const), times, dirties, fails: fc.constantFrom(false, false, true) })
}

function drawFlush(): Arbitrary<Command> {
  const leased = fc.constantFrom('on-release' as const, 'now' as const)
  return fc.record({ do: fc.constant('flush' as const), leased })
}
