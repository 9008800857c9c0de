import { noteFailure } from '../acquire/note-failure.js'
import { offer } from '../acquire/offer.js'
import { serve } from '../acquire/serve.js'
import type { Adapter } from '../adapter/adapter.js'
import { startCheck, startReset } from '../adapter/check-and-reset.js'
import { destroyResource, end, forget, report, startClose } from '../adapter/close-connection.js'
import { abandon, abortCall, adopt, startOpen } from '../adapter/open-connection.js'
import { setRef } from '../adapter/set-ref.js'
import { sever, tellBorrowers } from '../adapter/sever.js'
import { unwatch, watch } from '../adapter/watch-connection.js'
import { armIdleTimeout } from '../connection/idle-alarm.js'
import { reserve } from '../connection/park.js'
import { type BoundAction, bindActions, type ConnectionAction, type Plan } from '../connection/plan.js'
import { tellRetired } from '../connection/retire.js'
import { adaptiveQueue } from '../policies/adaptive-queue.js'
import { circuitBreaker } from '../policies/circuit-breaker.js'
import type { Policy } from '../policies/policy.js'
import { release } from '../release/release.js'
import { limitAge } from '../retention/age-limit.js'
import { scheduleChecks } from '../retention/background-check.js'
import { judgeIdle } from '../retention/judge-idle.js'
import { LeaseWatcher } from '../retention/lease-watcher.js'
import { Alarms } from './alarms.js'
import { AttachedPolicies } from './attached-policies.js'
import { Owner } from './owner.js'
import { hostOf } from './policy-host.js'
import { PoolCore } from './pool-core.js'
import type { ResolvedOptions } from './resolve-options.js'
import type { Surroundings } from './surroundings.js'

/** Those that only keep the pool's own books; all others call adapters, listeners or other parts of the pool. */
const books: ReadonlySet<BoundAction> = new Set(['adopt', 'reserve', 'sever', 'abandon', 'forget'])

/** The one place that says which function is which action of the statechart. */
function bind<R>(refs: boolean, judges: boolean): Plan<PoolCore<R>, R> {
  const actions: Record<BoundAction, ConnectionAction<PoolCore<R>, R> | undefined> = {
    startOpen,
    abortCall,
    adopt: (core, connection) => {
      adopt(core, connection)
      limitAge(core, connection)
      scheduleChecks(core, connection)
      armIdleTimeout(core)
    },
    watch,
    offer,
    noteFailure,
    reserve,
    serve,
    ref: refs ? (core, connection) => setRef(core, connection, true) : undefined,
    unref: refs ? (core, connection) => setRef(core, connection, false) : undefined,
    judgeIdle: judges ? judgeIdle : undefined,
    startCheck,
    startReset,
    sever,
    unwatch,
    tellBorrowers,
    startClose,
    destroyResource,
    abandon,
    end,
    forget,
    report,
    tellRetired,
  }
  return bindActions(actions, books)
}

/** By whether the adapter has `setRef`, and whether policies judge what is idle: what has nothing to do costs nothing.
 * Each is made for the first pool that needs it, and not while the package is imported. */
const plans = new Map<string, Plan<PoolCore<unknown>, unknown>>()

/** The statechart as such a pool drives it. */
function planFor<R>(adapter: Adapter<R>, options: ResolvedOptions): Plan<PoolCore<R>, R> {
  const refs = adapter.setRef !== undefined
  const judges = options.policies.length > 0
  const key = `${refs} ${judges}`
  const plan = plans.get(key) ?? bind<unknown>(refs, judges)
  plans.set(key, plan)
  return plan as unknown as Plan<PoolCore<R>, R>
}

/** A pool without its front door, ready for use. */
export function makeCore<R>(
  adapter: Adapter<R>,
  options: ResolvedOptions,
  surroundings: Surroundings<R>,
  key?: string,
): PoolCore<R> {
  const core = new PoolCore(adapter, options, surroundings, planFor(adapter, options), key)
  if (options.start === 'paused') {
    core.state = 'paused'
    core.granting = false
    core.refusing = true
  }
  wire(core)
  // Not before listeners could be added.
  if (core.keepsSpare) core.inScope(() => queueMicrotask(() => serve(core)))
  return core
}

function wire<R>(core: PoolCore<R>): void {
  core.owner = new Owner(core)
  // A pool by itself is a constant to V8 this way: a twentieth of an acquire and release.
  if (core.key === undefined) core.owner.release = (lease, silent) => release(core, lease, silent)
  core.alarms = new Alarms(core)
  if (core.terms.watchesLeases) core.leaseWatch = new LeaseWatcher(core)
  attachPolicies(core)
}

/** The built-in policies that options switch on go the way of all others. */
function attachPolicies<R>(core: PoolCore<R>): void {
  const { acquire, connect, policies } = core.options
  const all: Policy<R>[] = []
  if (acquire.adaptive !== undefined) all.push(adaptiveQueue(acquire.adaptive))
  if (connect.breaker !== undefined) all.push(circuitBreaker(connect.breaker))
  all.push(...policies)
  if (all.length === 0) return
  const pool = {
    hostFor: () => hostOf(core),
    now: () => core.now(),
    trouble: (error: unknown) => core.moments.trouble(core, 'policy', error),
  }
  core.attach(new AttachedPolicies(all, pool))
}
