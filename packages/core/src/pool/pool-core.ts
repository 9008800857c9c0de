import type { LeaseOwner, PoolLease } from '../acquire/lease.js'
import { SpareList } from '../acquire/spare-list.js'
import type { LeaseWatch, TrackedLease } from '../acquire/tracked-lease.js'
import type { Asked, Waiter, WaiterOwner } from '../acquire/waiter.js'
import { WaiterQueue } from '../acquire/waiter-queue.js'
import type { Adapter } from '../adapter/adapter.js'
import type { Connection, ConnectionOwner } from '../connection/connection.js'
import { connectionTable, State } from '../connection/connection-table.js'
import { IdleList } from '../connection/idle-list.js'
import type { Plan } from '../connection/plan.js'
import { systemClock, systemNow } from '../time/system-clock.js'
import type { Alarm, TimerEntry, TimerWheel } from '../time/timer-wheel.js'
import type { AttachedPolicies } from './attached-policies.js'
import { isHotPublished } from './channels.js'
import type { Closing } from './closing.js'
import type { Moments } from './moments.js'
import type { ResolvedOptions } from './resolve-options.js'
import type { Surroundings } from './surroundings.js'
import { noTotals, type Totals } from './totals.js'
import type { Warming } from './warming.js'

/** ms between stampings of parked connections where no idle timeout asks for more. */
const SLOWEST_STAMP = 1_000

/** ms between two looks at what is idle, at most. */
const SLOWEST_TICK = 5_000

/** What timers, leases, signals and actions call. */
export type PoolOwner<R> = ConnectionOwner<R> &
  WaiterOwner<PoolLease<R>> &
  LeaseOwner<R> & {
    revokeLease(lease: TrackedLease<R>): void
    /** Serves waiters, and opens what is missing. */
    serve(): void
  }

/** The alarms a pool has one of. */
export interface CoreAlarms {
  /** The longest idle may have been idle for long enough. */
  readonly idle: TimerEntry
  /** The longest waiting of those with the pool's `acquire.timeout` may be due. */
  readonly patience: TimerEntry
  /** The backoff after a failed open is over. */
  readonly retry: TimerEntry
  /** The oldest waiter has waited as long as an open takes. */
  readonly growth: TimerEntry
  /** Connections were parked without reading the clock; they get their time now. */
  readonly stamping: TimerEntry
  /** `patience` is nobody's any more. */
  calm(): void
  /** All of them. */
  disarm(): void
}

/** The state that the pool's functions share. It holds no algorithm. */
export class PoolCore<R> {
  readonly adapter: Adapter<R>
  readonly surroundings: Surroundings<R>
  readonly options: ResolvedOptions
  readonly name: string
  /** In a keyed pool: which of its pools this is. */
  readonly key: string | undefined
  readonly moments: Moments<R>
  readonly plan: Plan<PoolCore<R>, R>
  readonly steps: Plan<PoolCore<R>, R>['steps']
  readonly wheel: TimerWheel
  /** Known here, so that its reading can be inlined. */
  readonly usesSystemClock: boolean

  owner!: PoolOwner<R>
  alarms!: CoreAlarms
  /** One of each policy, for `wake(at)`. */
  readonly wakeAlarms: Alarm[] = []

  state: 'running' | 'paused' | 'closing' | 'closed' = 'running'
  /** Whether leases are granted and opens begun at all. */
  granting = true
  /** Acquires are refused while paused. */
  refusing = false
  min: number
  max: number
  generation = 0

  readonly connections = new Set<Connection<R>>()
  /** Opens in flight that somebody may still want. */
  readonly opening = new Set<Connection<R>>()
  readonly idle: IdleList<R>
  /** Leased connections that can carry more; only where the adapter has `capacity`. */
  readonly spares: SpareList<R> | undefined
  readonly queue: WaiterQueue<PoolLease<R>>
  /** Connections by state. */
  readonly counts: number[] = connectionTable.states.map(() => 0)
  /** Connections not closed. */
  size = 0
  leases = 0

  /** Consecutive failed opens, and until when none begins. */
  failures = 0
  retryAt = 0
  lastFailure: unknown = undefined
  lastFailureAt = Number.NEGATIVE_INFINITY
  /** Moving averages in ms; NaN until the first sample. */
  connectTime = Number.NaN
  leaseTime = Number.NaN
  releases = 0
  /** Whose lease was the oldest when that was last asked for. */
  oldestLeased: { readonly connection: Connection<R>; readonly since: number } | undefined = undefined

  /** Leases that all connections together can carry, those on their way out left aside; only with `Adapter.capacity`. */
  slots = 0
  /** Leases that a connection carries, as the last one said; undefined until one has. */
  typicalCapacity: number | undefined

  warming: Set<Warming> | undefined = undefined
  /** The largest count that a `warm` in progress wants open. */
  warmTarget = 0
  /** Connections kept open whether anybody waits for them or not. */
  floor = 0
  /** Connections are kept, or idle ones replaced, that nobody waits for. */
  keepsSpare = false
  /** Background checks running. */
  backgroundChecks = 0
  #holdsProcess = false
  /** Whom policies have just admitted, to the connection that is on its way. */
  admitted: Waiter<PoolLease<R>> | undefined = undefined
  serving = false
  serveAgain = false
  /** The close in progress, or done. */
  close: Closing | undefined = undefined
  /** What `destroy` was given: the cause of what acquires are told from then on. */
  closeCause: Error | undefined = undefined
  /** In a keyed pool: called when nothing is left and nobody waits. */
  whenUnused: (() => void) | undefined = undefined
  /** Connections that have ended, of which not all policies have heard: the pool is not closed before. */
  untold = 0
  /** Set while closing: called when nothing is left. */
  whenEmpty: (() => void) | undefined = undefined
  /** Set while closing with waiters still served: called when the last has left. */
  whenServed: (() => void) | undefined = undefined

  totals: Totals
  readonly histograms: Surroundings<R>['histograms']
  /** Options that every acquire and release looks at. */
  readonly idleMax: number
  readonly maxUses: number
  readonly slow: number
  readonly maxWaiting: number
  /** `acquire.timeout`. */
  readonly patience: number
  /** ms of each of the statechart's timers. */
  readonly delays: readonly number[]
  readonly asksUsable: boolean
  readonly canCheck: boolean
  readonly resets: boolean
  /** What an acquire asks that has no options. */
  readonly plain: Asked
  /** Every lease is known by itself. */
  readonly tracks: boolean
  readonly watchesLeases: boolean
  /** The last idle is lent next, whatever else there is. */
  readonly takesNewest: boolean
  leaseWatch: LeaseWatch<R> | undefined = undefined
  /** In a keyed pool: what `for(target)` has returned, while somebody listens to it. */
  view: unknown = undefined
  policies: AttachedPolicies<R> | undefined = undefined
  /** What policies judge, kept here for the hot path to look at. */
  judgesLending = false
  judgesAcquires = false
  judgesOpens = false
  /** Connections may have to be checked before they are lent. */
  checksOnAcquire: boolean
  /** Connections are looked at before they are lent again. */
  examines: boolean
  /** A connection that comes back does not simply go on to whoever is next. */
  looksAtReleased: boolean
  /** A connection that comes back is lent to the next waiter as it is: nobody is asked about either. */
  isOrdinary: boolean
  /** An acquire without options has more to do than to find an idle connection. */
  isDemanding: boolean
  /** A connection lent may have to be replaced among the idle. */
  readonly keepsMoreIdle: boolean
  /** Release must read the clock: a check or the statistics need the exact moment. */
  stampsOnRelease: boolean
  /** ms between the readings that parked connections get their time from; with the wheel's own tick it stays below the
   * lateness allowed to a deadline, max(10 ms, 1 %). */
  readonly stampInterval: number
  /** ms between two looks at what is idle: what a standstill of the process may add to a connection's idle time. */
  readonly idleTick: number
  /** The last reading of the clock: never ahead of it. */
  lastNow = 0

  constructor(
    adapter: Adapter<R>,
    options: ResolvedOptions,
    surroundings: Surroundings<R>,
    plan: Plan<PoolCore<R>, R>,
    key: string | undefined,
  ) {
    this.adapter = adapter
    this.surroundings = surroundings
    this.options = options
    this.name = options.name
    this.key = key
    this.moments = surroundings.moments
    this.wheel = surroundings.wheel
    this.histograms = surroundings.histograms
    this.plan = plan
    this.steps = plan.steps
    this.usesSystemClock = options.clock === systemClock
    this.min = options.size.min
    this.max = options.size.max
    this.idleMax = options.idle.max
    this.maxUses = options.lifetime.maxUses
    this.patience = options.acquire.timeout
    this.maxWaiting = options.acquire.maxWaiting
    this.slow = options.acquire.slow
    this.idle = new IdleList(options.idle.reuse)
    const { perClient, nested, order } = options.acquire
    this.queue = new WaiterQueue({ order, maxPerClient: perClient?.max })
    this.plain = { signal: undefined, timeout: this.patience, fresh: false, priority: 0, client: undefined }
    const isShared = adapter.capacity !== undefined
    this.spares = isShared ? new SpareList(this.maxUses) : undefined
    this.typicalCapacity = isShared ? undefined : 1
    this.takesNewest = options.idle.reuse === 'lifo' && !isShared
    const { warnAfter, maxDuration } = options.lease
    this.watchesLeases = Math.min(warnAfter, maxDuration) < Number.POSITIVE_INFINITY
    this.tracks = isShared || perClient !== undefined || this.watchesLeases
    this.isDemanding = this.tracks || nested !== 'off'
    this.isOrdinary = adapter.isUsable === undefined && !this.isDemanding
    const delays = {
      connectTimeout: options.connect.timeout,
      checkTimeout: options.health.timeout,
      resetTimeout: options.release.timeout,
      closeTimeout: options.close.timeout,
    }
    this.delays = connectionTable.timers.map((timer) => delays[timer.delay])
    this.asksUsable = adapter.isUsable !== undefined
    this.examines = this.asksUsable
    this.canCheck = adapter.check !== undefined
    this.checksOnAcquire = options.health.onAcquire
    this.resets = adapter.reset !== undefined
    this.looksAtReleased = this.resets || isShared
    // Another key is asked for next: coming back to stamp this one would cost more than reading the clock.
    this.stampsOnRelease = options.health.onAcquire || this.histograms !== undefined || key !== undefined
    this.keepsMoreIdle = options.size.minSpare > 0
    this.recountFloor()
    this.idleTick = Math.min(Math.max(50, options.idle.timeout / 10), SLOWEST_TICK)
    this.stampInterval = Math.min(Math.max(5, options.idle.timeout / 200), SLOWEST_STAMP)
    this.totals = noTotals()
  }

  /** To be called once, when everything else is in place. */
  attach(policies: AttachedPolicies<R>): void {
    this.policies = policies
    this.isOrdinary = false
    this.judgesLending = policies.judgesLending
    this.judgesAcquires = policies.judgesAcquires
    this.judgesOpens = policies.judgesOpens
    this.checksOnAcquire ||= this.canCheck
    this.examines ||= this.judgesLending
    this.looksAtReleased ||= policies.judgesReleases
    this.isDemanding ||= this.judgesAcquires
    this.stampsOnRelease ||= policies.judgesIdle || policies.judgesLending
    if (this.judgesAcquires) this.queue.beJudged()
  }

  /** Somebody wants to know of every acquire and release. */
  get isWatched(): boolean {
    return this.moments.hot || isHotPublished()
  }

  now(): number {
    this.lastNow = this.usesSystemClock ? systemNow() : this.options.clock.now()
    return this.lastNow
  }

  get connecting(): number {
    return this.counts[State.connecting] as number
  }

  /** Opens in flight, those given up included: the adapter may still be at it. */
  get unsettledOpens(): number {
    return this.connecting + (this.counts[State['closing.pending']] as number)
  }

  get connected(): number {
    return (
      (this.counts[State['connected.leased']] as number) +
      (this.counts[State['connected.leaving']] as number) +
      (this.counts[State['connected.resetting']] as number)
    )
  }

  get checking(): number {
    return this.counts[State['idle.checking']] as number
  }

  get idling(): number {
    return (this.counts[State['idle.ready']] as number) + (this.counts[State['idle.checking']] as number)
  }

  get closing(): number {
    return (
      (this.counts[State['closing.pending']] as number) +
      (this.counts[State['closing.graceful']] as number) +
      (this.counts[State['closing.empty']] as number)
    )
  }

  /** Connections that are not on their way out. */
  get live(): number {
    return this.size - this.closing - (this.counts[State['connected.leaving']] as number)
  }

  /** Connections that can serve a waiter sooner or later: open, and not closing when released. */
  get servable(): number {
    return (
      (this.counts[State['connected.leased']] as number) +
      (this.counts[State['connected.resetting']] as number) +
      this.idling
    )
  }

  /** To be called when what is kept open without anybody waiting has changed. */
  recountFloor(): void {
    this.floor = this.close === undefined ? Math.max(this.min, this.warmTarget) : 0
    this.keepsSpare = this.floor > 0 || this.keepsMoreIdle
  }

  /** Whether the pool's timers may keep the process alive: while a caller waits. */
  holdProcess(hold: boolean): void {
    if (this.#holdsProcess === hold) return
    this.#holdsProcess = hold
    this.wheel.holdProcess(hold)
  }

  /** Nothing of the pool is left on the wheel, which may be others' as well. */
  disarmAll(): void {
    this.alarms.disarm()
    for (const alarm of this.wakeAlarms) this.wheel.disarm(alarm)
    if (this.close !== undefined) this.wheel.disarm(this.close.deadline)
    this.holdProcess(false)
  }

  /** Runs `fn` in the async context in which the pool was made. */
  inScope<T>(fn: () => T): T {
    return this.surroundings.inScope(fn)
  }
}
