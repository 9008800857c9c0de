import fc from 'fast-check'
import {
  type ConnectionInfo,
  createPool,
  type Lease,
  type Policy,
  type PoolEvents,
  type PoolOptions,
} from '../src/index.js'
import { LoadClock } from './load-clock.js'
import { seededRandom } from './seeded-random.js'
import { type TestResource, testAdapter } from './test-adapter.js'

/** What callers do to a pool, each at its moment. */
export interface Program {
  readonly seed: number
  readonly max: number
  /** ms that an open, a close and a reset take; 0: synchronously, undefined: there is none. */
  readonly open: number
  readonly close: number
  readonly reset: number | undefined
  /** Every how many opens one fails; 0: never. */
  readonly failing: number
  readonly commands: readonly Command[]
}

export type Command = { readonly after: number } & (
  | {
      readonly do: 'use'
      /** How many at once. */
      readonly times: number
      readonly hold: number
      readonly end: 'release' | 'retire' | 'destroy' | 'detach' | 'lose'
      readonly priority: number
      readonly fresh: boolean
      readonly timeout: number
      readonly abortAfter: number | undefined
    }
  | { readonly do: 'flush' | 'flush now' | 'pause' | 'resume' | 'tryAcquire' }
  | { readonly do: 'resize'; readonly max: number }
)

const names = [
  ...(['connecting', 'connect', 'connectError', 'transition', 'retire', 'disconnect', 'acquiring', 'acquire'] as const),
  ...(['acquireError', 'release', 'pause', 'resume', 'flush', 'quiet', 'close', 'slow', 'misuse', 'error'] as const),
] satisfies (keyof PoolEvents)[]

/** Everything that callers and adapters do happens at a multiple of this many ms. */
const BEAT = 10

const tens = (max: number) => fc.nat(max / BEAT).map((n) => n * BEAT)

const use = fc.record({
  do: fc.constant('use' as const),
  after: tens(200),
  times: fc.constantFrom(1, 1, 2, 5),
  hold: tens(200),
  end: fc.constantFrom('release', 'release', 'release', 'release', 'retire', 'destroy', 'detach', 'lose'),
  priority: fc.constantFrom(0, 0, 0, 1),
  fresh: fc.constantFrom(false, false, false, false, true),
  // Off the beat, so that no deadline of the pool falls together with what callers do.
  timeout: fc.constantFrom(57, 207, 1_007, 30_007),
  abortAfter: fc.option(tens(300), { nil: undefined, freq: 5 }),
})
const other = fc.record({
  do: fc.constantFrom(
    'flush' as const,
    'flush now' as const,
    'pause' as const,
    'resume' as const,
    'tryAcquire' as const,
  ),
  after: tens(600),
})
const rest = fc.record({ do: fc.constant('tryAcquire' as const), after: tens(2_000) })
const resize = fc.record({ do: fc.constant('resize' as const), after: tens(200), max: fc.integer({ min: 1, max: 5 }) })

export const programs: fc.Arbitrary<Program> = fc.record({
  seed: fc.nat(),
  max: fc.integer({ min: 1, max: 4 }),
  open: fc.constantFrom(0, 20, 150),
  close: fc.constantFrom(0, 40),
  reset: fc.constantFrom(undefined, undefined, 0, 30),
  failing: fc.constantFrom(0, 0, 3),
  commands: fc.array(
    fc.oneof(
      { weight: 12, arbitrary: use },
      { weight: 2, arbitrary: other },
      { weight: 2, arbitrary: rest },
      { weight: 1, arbitrary: resize },
    ),
    { minLength: 5, maxLength: 40 },
  ),
})

/** Runs the program on a pool and returns all that its events say, with the moments. */
export async function traceOf(program: Program, options: PoolOptions, policies: Policy[] = []): Promise<string[]> {
  const clock = new LoadClock()
  // Of what is due at the same moment, the callers' comes before the pool's, whenever which was set.
  const pools = { now: clock.now, setTimeout: clock.setTimeoutLast, clearTimeout: clock.clearTimeout }
  const onBeat = (ms: number) =>
    new Promise<void>((resolve) => clock.setTimeout(resolve, Math.ceil((clock.now() + ms) / BEAT) * BEAT - clock.now()))
  let opens = 0
  const base = testAdapter()
  const open = () => {
    if (program.failing > 0 && ++opens % program.failing === 0) throw new Error('refused')
    return base.open({ signal: new AbortController().signal, connectionId: 0, timeout: 0, attempt: 0 })
  }
  const adapter = testAdapter({
    open: program.open === 0 ? open : () => onBeat(program.open).then(open),
    ...(program.close === 0 ? {} : { close: () => onBeat(program.close) }),
    ...(program.reset === undefined
      ? {}
      : { reset: () => (program.reset === 0 ? undefined : onBeat(program.reset ?? 0)) }),
  })
  const pool = createPool<TestResource>(adapter, {
    ...options,
    size: { max: program.max },
    connect: { retry: program.seed % 2 === 0, backoff: { initialDelay: 101, factor: 1, jitter: 0 } },
    close: { timeout: 5_001 },
    // Every moment of coming to rest is read from the clock, as it is where a policy has `onIdle`.
    stats: 'full',
    clock: pools,
    random: seededRandom(program.seed),
    policies,
  })
  const trace: string[] = []
  for (const name of names) pool.on(name, (event: object) => trace.push(`${clock.now()} ${name} ${tell(event)}`))

  const end = (lease: Lease<TestResource>, how: string) => {
    if (how === 'lose') lease.resource.lose()
    if (how === 'lose' || how === 'release') lease.release()
    else lease[how as 'retire' | 'destroy' | 'detach']()
  }
  for (const command of program.commands) {
    await clock.advance(command.after)
    // Growth is reckoned with the pool's last reading of the clock: let that be now.
    pool.stats()
    if (command.do === 'use') {
      for (let i = 0; i < command.times; i++) {
        const { priority, fresh, timeout, hold, abortAfter } = command
        const controller = new AbortController()
        if (abortAfter !== undefined) clock.setTimeout(() => controller.abort(), abortAfter)
        pool.acquire({ priority, fresh, timeout, signal: controller.signal }).then(
          (lease) => void onBeat(hold).then(() => end(lease, command.end)),
          () => {},
        )
      }
    } else if (command.do === 'flush' || command.do === 'flush now') {
      pool.flush({ leased: command.do === 'flush' ? 'on-release' : 'now' })
    } else if (command.do === 'resize') {
      pool.resize({ max: command.max })
    } else if (command.do === 'tryAcquire') {
      pool.tryAcquire()?.release()
    } else {
      pool[command.do]()
    }
  }
  pool.resume()
  await clock.advance(10_000)
  void pool.close({ timeout: 2_001 })
  await clock.advance(10_000)
  return trace
}

function tell(event: object): string {
  const said = Object.entries(event).map(([name, value]) => {
    if (name === 'connection') return `${(value as ConnectionInfo).id} ${(value as ConnectionInfo).state}`
    if (name === 'resource') return ''
    return `${name}: ${value}`
  })
  return said.join(', ')
}
