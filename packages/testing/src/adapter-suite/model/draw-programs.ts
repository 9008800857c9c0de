import type { PoolOptions } from '@millpond/core'
import fc, { type Arbitrary } from 'fast-check'
import type { AdapterSuiteOptions } from '../adapter-suite-options.js'
import type { Bench } from '../bench.js'
import type { Command, Program } from './program.js'

/** Random programs of what this server and this author can do. */
export function drawPrograms<R>(bench: Bench<R>): Arbitrary<Program> {
  return fc.record({
    options: drawOptions(),
    commands: drawCommands(bench),
    closesUnwell: fc.boolean(),
    keepsLeases: fc.boolean(),
  })
}

/** Long ones in which all is well, shorter ones in which connections die, and short ones in which the server fails too:
 * many bugs take a long way to show, on which most troubles only get in the way (swarm testing: Groce et al. 2012). */
function drawCommands<R>(bench: Bench<R>): Arbitrary<Command[]> {
  const borrowing = drawBorrowing(bench.options)
  const killing = drawKilling(bench)
  const failing = drawFailing(bench)
  return fc.oneof(
    { withCrossShrink: true },
    commandsOf(40, borrowing),
    ...(killing.length > 0 ? [commandsOf(30, [...borrowing, ...killing, closing])] : []),
    ...(failing.length > 0 ? [commandsOf(16, [...borrowing, ...killing, ...failing, closing])] : []),
  )
}

interface Weighted {
  readonly weight: number
  readonly arbitrary: Arbitrary<Command>
}

function commandsOf(atMost: number, kinds: readonly Weighted[]): Arbitrary<Command[]> {
  return fc.array(fc.oneof(...kinds), { minLength: 1, maxLength: atMost, size: 'max' })
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
    idle: record({ timeout: rarely(10, Number.POSITIVE_INFINITY) }),
    lifetime: record({ maxUses: rarely(2, Number.POSITIVE_INFINITY) }),
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

/** The one in one of six times, the other else; shrinks to the other. */
function rarely<T>(one: T, other: T): Arbitrary<T> {
  return fc.constantFrom(other, other, other, other, other, one)
}

const nth = fc.integer({ min: 0, max: 3 })

/** Every program ends with it; some go on after it. */
const closing: Weighted = { weight: 1, arbitrary: fc.constant<Command>({ do: 'close' }) }

/** What borrowers and the pool's owner do. */
function drawBorrowing<R>(options: AdapterSuiteOptions<R>): Weighted[] {
  const dirtying = { weight: 8, arbitrary: fc.record({ do: fc.constant('dirty' as const), nth }) }
  return [
    { weight: 16, arbitrary: fc.constant<Command>({ do: 'acquire' }) },
    { weight: 10, arbitrary: fc.record({ do: fc.constant('release' as const), nth }) },
    { weight: 8, arbitrary: drawUse(options) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('retire' as const), nth }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('destroy' as const), nth }) },
    { weight: 1, arbitrary: drawFlush() },
    ...(options.dirty === undefined ? [] : [dirtying]),
  ]
}

/** What the server does to single connections. */
function drawKilling<R>({ server }: Bench<R>): Weighted[] {
  if (!server.can('kill')) return []
  return [
    { weight: 4, arbitrary: fc.record({ do: fc.constant('kill leased' as const), nth }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('kill idle' as const), nth }) },
  ]
}

/** What happens to the server as a whole. */
function drawFailing<R>({ server }: Bench<R>): Weighted[] {
  const switching = (trouble: 'refuse' | 'blackhole'): Weighted => ({
    weight: 4,
    arbitrary: fc.record({ do: fc.constant(trouble), on: fc.boolean() }),
  })
  return [
    ...(server.can('refuse') ? [switching('refuse')] : []),
    ...(server.can('blackhole') ? [switching('blackhole')] : []),
    ...(server.can('stop') && server.can('start') ? drawStopping() : []),
  ]
}

function drawStopping(): Weighted[] {
  return [
    { weight: 2, arbitrary: fc.constant<Command>({ do: 'stop' }) },
    { weight: 4, arbitrary: fc.constant<Command>({ do: 'start' }) },
  ]
}

function drawUse<R>({ dirty }: AdapterSuiteOptions<R>): Arbitrary<Command> {
  const dirties = dirty === undefined ? fc.constant(false) : fc.boolean()
  const times = fc.integer({ min: 1, max: 6 })
  return fc.record({ do: fc.constant('use' as const), times, dirties, fails: rarely(true, false) })
}

function drawFlush(): Arbitrary<Command> {
  const leased = fc.constantFrom('on-release' as const, 'now' as const)
  return fc.record({ do: fc.constant('flush' as const), leased })
}
