import type { ConnectionInfo, PoolStats } from '../../src/index.js'
import { checkLeases } from './check-leases.js'
import { checkKept } from './check-retention.js'
import { checkNoLostWakeUp } from './check-wake-ups.js'
import { lateness, type ModelWorld } from './model-world.js'
import { Violation } from './violation.js'

/** The pool as it rests, looked at once for all invariants. */
export interface Rest {
  readonly stats: PoolStats
  readonly connections: readonly ConnectionInfo[]
  /** Connections by state and by parent state. */
  readonly states: ReadonlyMap<string, number>
  readonly now: number
  /** Nothing keeps the pool from opening any more that has happened so far. */
  readonly isPastTrouble: boolean
}

/** What must hold whenever nothing is going on but waiting. */
export function checkAtRest(world: ModelWorld): void {
  const connections = [...world.pool.connections()]
  const now = world.clock.now()
  const isPastTrouble = now > quietFrom(world)
  const rest = { stats: world.pool.stats(), connections, states: countStates(connections), now, isPastTrouble }
  checkRecount(rest)
  checkLeases(world, rest)
  checkWaiters(world, rest)
  checkCloseDeadline(world, now)
  if (world.closed === 'yes') return
  checkNoLostWakeUp(world, rest)
  checkKept(world, rest)
}

/** 7: after close() or destroy() has resolved. */
export function checkNothingLeft(world: ModelWorld): void {
  const { size, state, waiting } = world.pool.stats()
  const left = (what: string) => world.violate(new Violation(7, `${what} after close`))
  if (state !== 'closed' || size > 0 || waiting > 0) {
    left(`the pool is ${state} with ${size} connections and ${waiting} waiters`)
  }
  const { pending } = world.poolClock
  const { abortListeners } = world.borrowers
  if (pending > 0) left(`${pending} timers are left`)
  if (abortListeners > 0) left(`${abortListeners} abort listeners are left`)
  // Taken out of the pool, a resource is watched by whoever has it.
  const watched = world.resources.filter(({ signals, detached }) => signals !== undefined && !detached)
  if (watched.length > 0) left(`${watched} are still watched`)
  for (const { name, detached, alive } of world.policies) {
    if (detached !== 1) left(`${name} has been detached ${detached} times`)
    if (alive.size > 0) left(`${name} was not told of the ends of ${[...alive.keys()]}`)
  }
}

/** From when on an open that failed, or that a policy or the breaker did not let begin, no longer holds up others. */
function quietFrom({ program, openFailures, policies }: ModelWorld): number {
  const { backoff, breaker } = program.options.connect ?? {}
  const cooldown = typeof breaker === 'object' ? (breaker.cooldown ?? 10_000) : 0
  const pause = Math.max((backoff?.maxDelay ?? 5_000) * 1.2, cooldown)
  return Math.max(openFailures.at + pause + 2, ...policies.map(({ wakesAt }) => wakesAt + 2))
}

function countStates(connections: readonly ConnectionInfo[]): Map<string, number> {
  const states = new Map<string, number>()
  for (const { state } of connections) {
    for (const name of new Set([state, state.split('.')[0] as string])) states.set(name, (states.get(name) ?? 0) + 1)
  }
  return states
}

/** 10 and 11. */
function checkRecount({ stats, connections, states }: Rest): void {
  const { size, connecting, connected, idle, closing, leases } = stats
  const leased = connections.reduce((sum, connection) => sum + connection.leases, 0)
  const same =
    connecting === (states.get('connecting') ?? 0) &&
    connected === (states.get('connected') ?? 0) &&
    idle === (states.get('idle') ?? 0) &&
    closing === (states.get('closing') ?? 0) &&
    size === connections.length &&
    leases === leased
  if (!same || connecting + connected + idle + closing !== size) {
    throw new Violation(10, `stats ${JSON.stringify(stats)} but connections ${JSON.stringify([...states])}`)
  }
  if (states.has('closing.empty')) throw new Violation(11, 'a connection rests in closing.empty')
}

/** 3: those who wait are those whom the pool knows of, and none of them waits too long. */
function checkWaiters({ borrowers, program }: ModelWorld, { stats, now }: Rest): void {
  for (const { id, since, deadline, aborted } of borrowers.pending.values()) {
    if (aborted) throw new Violation(3, `acquire ${id} is pending after its abort`)
    if (now > deadline + lateness(deadline - since)) {
      throw new Violation(3, `acquire ${id} is pending at ${now}, its deadline was ${deadline}`)
    }
  }
  if (stats.waiting > (program.options.acquire?.maxWaiting ?? Number.POSITIVE_INFINITY)) {
    throw new Violation(3, 'more wait than acquire.maxWaiting')
  }
  const waiting = borrowers.pending.size
  if (stats.waiting !== waiting) throw new Violation(3, `${waiting} acquires are pending, and ${stats.waiting} wait`)
}

/** 7: close() resolves by its deadline. */
function checkCloseDeadline({ closed, closeDeadline }: ModelWorld, now: number): void {
  if (closed === 'closing' && now > closeDeadline + lateness(0)) {
    throw new Violation(7, `close has not resolved at ${now}, its deadline was ${closeDeadline}`)
  }
}
