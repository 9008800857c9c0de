import type { ConnectionInfo } from '@millpond/core'
import { hold, release } from '../time/real-time-watch.js'
import { type ClockBranch, type VirtualClock, virtualClock } from '../time/virtual-clock.js'
import { checkAtRest } from './check-at-rest.js'
import { Histories } from './histories.js'
import { lateness } from './lateness.js'
import { type DrawnFrom, LoadSource } from './load-source.js'
import { randomStreams } from './random-streams.js'
import { Requests } from './requests.js'
import { RoomCheck } from './room-check.js'
import type { ResolvedSimulation } from './simulate-options.js'
import { makeKeyedPool, makePool, plainPool, type SimulatedPool } from './simulated-pool.js'
import type { SimulationReport } from './simulation-report.js'
import { TimelineSamples } from './timeline-samples.js'
import type { Violation } from './violation.js'
import { WaitingLine } from './waiting-line.js'
import { World } from './world.js'

/** Timers that fire in one turn of the event loop: see `Passage`. */
const TIMERS_PER_TURN = 64
/** What is wrong once is wrong often. */
const MOST_VIOLATIONS = 100
/** ms that requests under way are given beyond their patience, and steps in which they are waited for. */
const DRAIN = 60_000
const STEP = 1_000
/** ms that leases have when the pool closes. */
const CLOSE = 30_000
/** Timers after the close that could have a reason. */
const LAST_TIMERS = 1_000_000

/** One run: the real pool, what it is made of, and what is asked of it. */
export class Simulation {
  readonly #given: ResolvedSimulation
  readonly #clock: VirtualClock = virtualClock(0, { timersPerTurn: TIMERS_PER_TURN })
  readonly #poolClock: ClockBranch = this.#clock.branch()
  readonly #violations: Violation[] = []
  readonly #world: World
  readonly #pool: SimulatedPool
  readonly #requests: Requests
  readonly #samples: TimelineSamples
  readonly #histories: Histories | undefined
  readonly #sources: readonly LoadSource[]
  readonly #room: RoomCheck

  constructor(given: ResolvedSimulation) {
    this.#given = given
    const { adapter, streams, duration, warmup, samples, options, pool, checks } = given
    const random = randomStreams(given.seed)
    const drawnFrom = streams.map(() => ({
      arrivals: random(),
      service: random(),
      patience: random(),
      choice: random(),
    }))
    const poolRandom = random()
    const onViolation = ({ invariant, message }: Violation) => this.#violate(invariant, message)
    this.#world = new World({ ...adapter, clock: this.#clock }, random, onViolation)
    this.#pool = this.#makePool(poolRandom)
    this.#room = new RoomCheck(given, this.#pool, this.#world, this.#violate)
    this.#world.onOpen = (key) => this.#room.opening(key)
    const isOwn = pool !== undefined
    this.#requests = new Requests({
      clock: this.#clock,
      pool: this.#pool,
      warmup,
      duration,
      patience: isOwn ? Number.POSITIVE_INFINITY : (options.acquire?.timeout ?? 30_000),
      revokes: (options.lease?.maxDuration ?? Number.POSITIVE_INFINITY) !== Number.POSITIVE_INFINITY,
      order: isOwn ? undefined : orderOf(given),
      violate: this.#violate,
    })
    this.#samples = new TimelineSamples(duration / samples)
    this.#histories = checks === 'full' ? new Histories(this.#pool, this.#violate) : undefined
    this.#listen()
    const lines = new Map<string, WaitingLine>()
    this.#sources = streams.map((stream, n) => {
      const lineOf = (of: Pick<WaitingLine, 'client' | 'key' | 'priority' | 'fresh'>) => this.#lineOf(lines, of)
      return new LoadSource(stream, lineOf, this.#requests, this.#clock, duration, drawnFrom[n] as DrawnFrom)
    })
  }

  async run(): Promise<SimulationReport> {
    hold()
    try {
      return await this.#run()
    } finally {
      release()
    }
  }

  async #run(): Promise<SimulationReport> {
    const { duration, samples, onProgress } = this.#given
    for (const source of this.#sources) source.start()
    for (let n = 1; n <= samples; n++) {
      await this.#clock.advance((duration * n) / samples - this.#clock.now())
      this.#sample()
      onProgress(n / samples)
    }
    const closed = this.#pool.stats()
    await this.#drain()
    await this.#close()
    return this.#report(closed)
  }

  #listen(): void {
    // An open that never settles is trouble to the pool alone.
    this.#pool.on('connectError', () => {
      this.#world.lastTroubleAt = this.#clock.now()
    })
    this.#pool.on('error', ({ error, source }) => {
      if (source === 'statechart') this.#violate(11, String(error))
    })
    // Leaks are drawn on purpose: without a listener they would be warnings of the process.
    this.#pool.on('leak', () => {})
  }

  #makePool(random: () => number): SimulatedPool {
    const { options, pool, hasKeys } = this.#given
    const clock = this.#poolClock
    const adapterOf = (key: string) => this.#world.adapterOf(key)
    if (pool !== undefined) return plainPool(pool({ adapter: adapterOf(''), clock, random }))
    if (hasKeys) return makeKeyedPool(adapterOf, { clock, random }, options)
    return makePool({ adapter: adapterOf(''), clock, random }, options)
  }

  #lineOf(
    lines: Map<string, WaitingLine>,
    of: Pick<WaitingLine, 'client' | 'key' | 'priority' | 'fresh'>,
  ): WaitingLine {
    const name = JSON.stringify([of.client, of.key, of.priority, of.fresh])
    const line = lines.get(name) ?? new WaitingLine(of)
    lines.set(name, line)
    this.#requests.lines.add(line)
    return line
  }

  readonly #violate = (invariant: number, message: string): void => {
    if (this.#violations.length < MOST_VIOLATIONS) {
      this.#violations.push({ invariant, message, at: this.#clock.now() })
    }
  }

  #sample(): void {
    const stats = this.#pool.stats()
    this.#samples.add(stats, this.#requests.completed)
    const { pool, options, hasKeys, adapter } = this.#given
    checkAtRest({
      stats,
      connections: [...this.#pool.connections()] as ConnectionInfo[],
      now: this.#clock.now(),
      timers: this.#poolClock.pending,
      requests: this.#requests,
      world: this.#world,
      options: pool === undefined ? options : undefined,
      hasKeys,
      capacity: adapter.capacity ?? 1,
      hasCheck: adapter.check !== undefined,
      violate: this.#violate,
    })
  }

  /** Sees through what is under way. */
  async #drain(): Promise<void> {
    const { options } = this.#given
    const patience = options.acquire?.timeout ?? 30_000
    const until =
      this.#clock.now() + DRAIN + (patience === Number.POSITIVE_INFINITY ? 0 : patience + lateness(patience))
    while (this.#clock.now() < until && this.#requests.pending + this.#requests.leased > 0) {
      await this.#clock.advance(STEP)
    }
  }

  /** 3, 6 and 7. */
  async #close(): Promise<void> {
    let isClosed = false
    const noteClosed = () => {
      isClosed = true
    }
    const failed = (error: unknown) => this.#violate(7, `close() rejected: ${error}`)
    this.#pool.close({ timeout: CLOSE }).then(noteClosed, failed)
    for (let waited = 0; !isClosed && waited <= CLOSE + STEP; waited += STEP) await this.#clock.advance(STEP)
    if (!isClosed) {
      this.#violate(7, `close() has not resolved ${CLOSE + STEP} ms later`)
      this.#pool.destroy().catch(failed)
      await this.#clock.advance(STEP)
    }
    this.#checkNothingLeft()
    // What opens late, and who still has what was taken away.
    await this.#clock.runUntilIdle(LAST_TIMERS)
    this.#checkEnds()
  }

  #checkNothingLeft(): void {
    const { state, size, waiting, leases } = this.#pool.stats()
    if (state !== 'closed' || size + waiting + leases > 0) {
      this.#violate(
        7,
        `after close the pool is ${state} with ${size} connections, ${waiting} waiters, ${leases} leases`,
      )
    }
    const { pending } = this.#poolClock
    if (pending > 0) this.#violate(7, `after close ${pending} timers of the pool are left`)
    const watched = this.#world.count('watched')
    if (watched > 0) this.#violate(7, `after close ${watched} resources are watched`)
    if (this.#requests.pending > 0) this.#violate(3, `after close ${this.#requests.pending} requests have not settled`)
  }

  #checkEnds(): void {
    const open = this.#world.count('open')
    if (open > 0) this.#violate(6, `${open} resources were never closed`)
    this.#histories?.checkEnded()
  }

  #report({ opened, abandoned, late, closed, max }: ReturnType<SimulatedPool['stats']>): SimulationReport {
    const { seed, duration, warmup, adapter } = this.#given
    const requests = this.#requests
    const inSeconds = (duration - warmup) / 1_000
    const busy = requests.busy / (duration - warmup)
    const slots = (max === Number.POSITIVE_INFINITY ? this.#samples.meanSize : max) * (adapter.capacity ?? 1)
    return {
      seed,
      duration,
      warmup,
      requests: requests.books.report(),
      clients: Object.fromEntries([...requests.booksOf].map(([client, books]) => [client, books.report()])),
      throughput: requests.completedInTime / inSeconds,
      busy,
      utilisation: slots === 0 ? 0 : busy / slots,
      connections: {
        opened,
        failed: this.#world.count('failed'),
        abandoned,
        late,
        lost: this.#world.count('lost'),
        closed: Object.fromEntries(Object.entries(closed).filter(([, count]) => count > 0)),
        peak: this.#room.peak,
      },
      timeline: this.#samples.report(),
      violations: this.#violations,
    }
  }
}

/** Who of a line is next. Where there are priorities, 'lifo' now and then takes the longest waiting, so that nobody starves. */
function orderOf({ options, streams }: ResolvedSimulation): 'fifo' | 'lifo' | undefined {
  const { order = 'fifo' } = options.acquire ?? {}
  const priorities = new Set(streams.map(({ priority = 0 }) => priority))
  return order === 'lifo' && priorities.size > 1 ? undefined : order
}
