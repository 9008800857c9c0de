import type { LeaseOwner, PoolLease } from '../acquire/lease.js'
import { SpareList } from '../acquire/spare-list.js'
import type { LeaseWatch, TrackedLease } from '../acquire/tracked-lease.js'
import type { Waiter, WaiterOwner } from '../acquire/waiter.js'
import { WaiterQueue } from '../acquire/waiter-queue.js'
import type { Adapter } from '../adapter/adapter.js'
import type { Connection, ConnectionOwner } from '../connection/connection.js'
import { connectionTable, State } from '../connection/connection-table.js'
import { IdleList } from '../connection/idle-list.js'
import type { Plan } from '../connection/plan.js'
import type { Alarm, TimerEntry, TimerWheel } from '../time/timer-wheel.js'
import type { AttachedPolicies } from './attached-policies.js'
import { isHotPublished } from './channels.js'
import type { Closing } from './closing.js'
import type { Moments } from './moments.js'
import type { ResolvedOptions } from './resolve-options.js'
import type { Surroundings } from './surroundings.js'
import type { Terms } from './terms.js'
import { noTotals, type Totals } from './totals.js'
import type { Warming } from './warming.js'

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
  // What every acquire and release looks at comes first.
  state: 'running' | 'paused' | 'closing' | 'closed' = 'running'
  /** Whether leases are granted and opens begun at all. */
  granting = true
  /** An acquire without options has more to do than to find an idle connection. */
  isDemanding: boolean
  /** Connections may have to be checked before they are lent. */
  checksOnAcquire: boolean
  /** Connections are looked at before they are lent again. */
  examines: boolean
  /** A connection that comes back does not simply go on to whoever is next. */
  looksAtReleased: boolean
  /** Release must read the clock: a check or the statistics need the exact moment. */
  stampsOnRelease: boolean
  /** A connection that comes back is lent to the next waiter as it is: nobody is asked about either. */
  isOrdinary: boolean
  leases = 0
  releases = 0
  max: number
  /** Connections not closed. */
  size = 0
  /** Connections kept open whether anybody waits for them or not. */
  floor = 0
  /** The close in progress, or done. */
  close: Closing | undefined = undefined
  readonly terms: Terms
  readonly surroundings: Surroundings<R>
  readonly moments: Moments<R>
  readonly wheel: TimerWheel
  readonly options: ResolvedOptions
  readonly steps: Plan<PoolCore<R>, R>['steps']
  readonly queue: WaiterQueue<PoolLease<R>>
  readonly idle: IdleList<R>
  /** Leased connections that can carry more; only where the adapter has `capacity`. */
  readonly spares: SpareList<R> | undefined
  /** Connections by state. */
  readonly counts: number[] = connectionTable.states.map(() => 0)
  totals: Totals
  owner!: PoolOwner<R>
  alarms!: CoreAlarms

  readonly adapter: Adapter<R>
  readonly name: string
  /** In a keyed pool: which of its pools this is. */
  readonly key: string | undefined
  readonly plan: Plan<PoolCore<R>, R>
  readonly histograms: Surroundings<R>['histograms']
  /** One of each policy, for `wake(at)`. */
  readonly wakeAlarms: Alarm[] = []
  /** Acquires are refused while paused. */
  refusing = false
  min: number
  generation = 0

  readonly connections = new Set<Connection<R>>()
  /** Opens in flight that somebody may still want. */
  readonly opening = new Set<Connection<R>>()

  /** Consecutive failed opens, and until when none begins. */
  failures = 0
  retryAt = 0
  lastFailure: unknown = undefined
  lastFailureAt = Number.NEGATIVE_INFINITY
  /** Moving averages in ms; NaN until the first sample. */
  connectTime = Number.NaN
  leaseTime = Number.NaN
  /** Whose lease was the oldest when that was last asked for. */
  oldestLeased: { readonly connection: Connection<R>; readonly since: number } | undefined = undefined

  /** Leases that all connections together can carry, those on their way out left aside; only with `Adapter.capacity`. */
  slots = 0
  /** Leases that a connection carries, as the last one said; undefined until one has. */
  typicalCapacity: number | undefined

  warming: Set<Warming> | undefined = undefined
  /** The largest count that a `warm` in progress wants open. */
  warmTarget = 0
  /** Connections are kept, or idle ones replaced, that nobody waits for. */
  keepsSpare = false
  /** Background checks running. */
  backgroundChecks = 0
  #holdsProcess = false
  /** Whom policies have just admitted, to the connection that is on its way. */
  admitted: Waiter<PoolLease<R>> | undefined = undefined
  serving = false
  serveAgain = false
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

  leaseWatch: LeaseWatch<R> | undefined = undefined
  /** In a keyed pool: what `for(target)` has returned, while somebody listens to it. */
  view: unknown = undefined
  policies: AttachedPolicies<R> | undefined = undefined
  /** What policies judge, kept here for the hot path to look at. */
  judgesLending = false
  judgesAcquires = false
  judgesOpens = false

  constructor(
    adapter: Adapter<R>,
    options: ResolvedOptions,
    surroundings: Surroundings<R>,
    plan: Plan<PoolCore<R>, R>,
    key: string | undefined,
  ) {
    const terms = surroundings.termsOf(adapter, options)
    this.terms = terms
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
    this.min = options.size.min
    this.max = options.size.max
    this.idle = new IdleList(options.idle.reuse)
    const { perClient, nested, order } = options.acquire
    this.queue = new WaiterQueue({ order, maxPerClient: perClient?.max })
    this.spares = terms.isShared ? new SpareList(terms.maxUses) : undefined
    this.typicalCapacity = terms.isShared ? undefined : 1
    this.isDemanding = terms.tracks || nested !== 'off'
    this.isOrdinary = !terms.asksUsable && !this.isDemanding
    this.examines = terms.asksUsable
    this.checksOnAcquire = options.health.onAcquire
    this.looksAtReleased = terms.resets || terms.isShared
    // Another key is asked for next: coming back to stamp this one would cost more than reading the clock.
    this.stampsOnRelease = options.health.onAcquire || this.histograms !== undefined || key !== undefined
    this.recountFloor()
    this.totals = noTotals()
  }

  /** To be called once, when everything else is in place. */
  attach(policies: AttachedPolicies<R>): void {
    this.policies = policies
    this.isOrdinary = false
    this.judgesLending = policies.judgesLending
    this.judgesAcquires = policies.judgesAcquires
    this.judgesOpens = policies.judgesOpens
    this.checksOnAcquire ||= this.terms.canCheck
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
    return this.surroundings.now()
  }

  /** The last reading of the clock: never ahead of it. */
  get lastNow(): number {
    return this.surroundings.lastNow
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
    this.keepsSpare = this.floor > 0 || this.terms.keepsMoreIdle
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
