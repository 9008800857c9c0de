import { timeOutPatient, waitAborted, waitTimedOut } from '../acquire/fail-waiters.js'
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
import { due } from '../connection/drive.js'
import { armIdleTimeout } from '../connection/idle-alarm.js'
import { reserve, stampParked } from '../connection/park.js'
import { type BoundAction, bindActions, type ConnectionAction, type Plan } from '../connection/plan.js'
import { tellRetired } from '../connection/retire.js'
import { destroyLease, detachLease, release, retireLease } from '../release/release.js'
import { limitAge } from '../retention/age-limit.js'
import { scheduleChecks } from '../retention/background-check.js'
import { evictIdle } from '../retention/idle-timeout.js'
import { Alarm } from '../time/timer-wheel.js'
import type { PoolCore } from './pool-core.js'

/** Those that only keep the pool's own books; all others call adapters, listeners or other parts of the pool. */
const books: ReadonlySet<BoundAction> = new Set(['adopt', 'reserve', 'sever', 'abandon', 'forget'])

/** The one place that says which function is which action of the statechart. */
function bind<R>(refs: boolean): Plan<PoolCore<R>, R> {
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

const withRefs = bind<unknown>(true)
const withoutRefs = bind<unknown>(false)

/** The statechart as a pool of this adapter drives it: made once for all pools. */
export function planFor<R>(adapter: Adapter<R>): Plan<PoolCore<R>, R> {
  return (adapter.setRef === undefined ? withoutRefs : withRefs) as unknown as Plan<PoolCore<R>, R>
}

/** Binds what timers, leases and signals call. */
export function wire<R>(core: PoolCore<R>): void {
  core.owner = {
    name: core.name,
    due: (connection) => due(core, connection),
    waitTimedOut: (waiter) => waitTimedOut(core, waiter),
    waitAborted: (waiter) => waitAborted(core, waiter),
    release: (lease, silent) => release(core, lease, silent),
    retireLease: (lease) => retireLease(core, lease),
    destroyLease: (lease, error) => destroyLease(core, lease, error),
    detachLease: (lease) => detachLease(core, lease),
  }
  core.alarms = {
    idle: new Alarm(() => evictIdle(core)),
    stamp: new Alarm(() => stampParked(core)),
    patience: new Alarm(() => timeOutPatient(core)),
    retry: new Alarm(() => serve(core)),
    growth: new Alarm(() => {
      core.now()
      serve(core)
    }),
  }
}
