import type { PoolStats } from '../../src/index.js'
import type { ObservedWorld as World } from './observed-world.js'
import { Violation } from './violation.js'

/** What must hold whenever nothing is going on but waiting. */
export function checkAtRest(world: World): void {
  const stats = world.pool.stats()
  const now = world.clock.now()
  const states = countStates(world)
  checkRecount(world, stats, states)
  checkDeadlines(world, now)
  checkEveryoneServed(world, stats)
  checkCloseDeadline(world, now)
  if (world.closed === 'yes') return
  const inMotion =
    (states.get('connecting') ?? 0) +
    (states.get('connected') ?? 0) +
    (states.get('closing') ?? 0) +
    (states.get('idle.checking') ?? 0)
  const backoff = world.program.options.connect?.backoff
  const quietUntil = world.openFailures.at + (backoff?.maxDelay ?? 5_000) * 1.2 + 2
  checkNoLostWakeUp(world, stats, states.get('idle.ready') ?? 0, inMotion, now > quietUntil)
  checkKept(world, stats, states.get('connected.leaving') ?? 0, now, now > quietUntil)
}

/** 7: after close() or destroy() has resolved. */
export function checkNothingLeft(world: World): void {
  const { size, state, waiting } = world.pool.stats()
  if (state !== 'closed' || size > 0 || waiting > 0) {
    world.violate(new Violation(7, `the pool is ${state} with ${size} connections and ${waiting} waiters after close`))
  }
  if (world.poolClock.pending > 0)
    world.violate(new Violation(7, `${world.poolClock.pending} timers are left after close`))
  if (world.abortListeners > 0)
    world.violate(new Violation(7, `${world.abortListeners} abort listeners are left after close`))
  const watched = world.resources.filter((resource) => resource.signals !== undefined && !world.isLate(resource))
  if (watched.length > 0) world.violate(new Violation(7, `${watched} are still watched after close`))
}

function countStates(world: World): Map<string, number> {
  const states = new Map<string, number>()
  for (const { state } of world.pool.connections()) {
    for (const name of new Set([state, state.split('.')[0] as string])) states.set(name, (states.get(name) ?? 0) + 1)
  }
  return states
}

function checkRecount(world: World, stats: PoolStats, states: Map<string, number>): void {
  const { size, connecting, connected, idle, closing, leases } = stats
  const counted = [...world.pool.connections()]
  const leased = counted.reduce((sum, connection) => sum + connection.leases, 0)
  const same =
    connecting === (states.get('connecting') ?? 0) &&
    connected === (states.get('connected') ?? 0) &&
    idle === (states.get('idle') ?? 0) &&
    closing === (states.get('closing') ?? 0) &&
    size === counted.length &&
    leases === leased
  if (!same || connecting + connected + idle + closing !== size) {
    throw new Violation(10, `stats ${JSON.stringify(stats)} but connections ${JSON.stringify([...states])}`)
  }
  if (states.has('closing.empty')) throw new Violation(11, 'a connection rests in closing.empty')
  for (const { id, state, leases: held } of counted) {
    const lent = state === 'connected.leased' || state === 'connected.leaving'
    if (held !== (lent ? 1 : 0)) throw new Violation(1, `connection ${id} rests in ${state} with ${held} leases`)
  }
}

function checkDeadlines(world: World, now: number): void {
  for (const { id, since, deadline, aborted } of world.pending.values()) {
    if (aborted) throw new Violation(3, `acquire ${id} is pending after its abort`)
    if (now > deadline + lateness(deadline - since)) {
      throw new Violation(3, `acquire ${id} is pending at ${now}, its deadline was ${deadline}`)
    }
  }
  if (world.pool.stats().waiting > (world.program.options.acquire?.maxWaiting ?? Number.POSITIVE_INFINITY)) {
    throw new Violation(3, 'more wait than acquire.maxWaiting')
  }
}

/** 3: those who wait are those whom the pool knows of, and no lease was granted to nobody. */
function checkEveryoneServed(world: World, stats: PoolStats): void {
  const waiting = world.pending.size + world.awaitedUses
  if (stats.waiting !== waiting) throw new Violation(3, `${waiting} acquires are pending, and ${stats.waiting} wait`)
  const held = world.held.filter(({ lease }) => !lease.signal.aborted).length
  if (stats.leases !== held) throw new Violation(3, `${stats.leases} leases are granted, and ${held} in hand`)
}

/** 7: close() resolves by its deadline. */
function checkCloseDeadline({ closed, closeDeadline }: World, now: number): void {
  if (closed === 'closing' && now > closeDeadline + lateness(0)) {
    throw new Violation(7, `close has not resolved at ${now}, its deadline was ${closeDeadline}`)
  }
}

/** By how much a deadline may be missed. */
function lateness(ms: number): number {
  return Math.max(10, ms * 0.01)
}

/** 4. With health checks, an idle connection may rest because its check is due: then a check must be running. */
function checkNoLostWakeUp(
  world: World,
  stats: PoolStats,
  ready: number,
  inMotion: number,
  pastBackoff: boolean,
): void {
  if (stats.state !== 'running' && stats.state !== 'closing') return
  const waiting = [...world.pending.values()]
  const normal = waiting.filter((acquire) => !acquire.fresh)
  if (normal.length > 0 && ready > 0 && !world.program.adapter.has.check) {
    throw new Violation(4, `acquire ${normal[0]?.id} waits while a connection is idle`)
  }
  if (stats.state === 'running' && waiting.length > 0 && inMotion === 0 && pastBackoff) {
    throw new Violation(4, `acquire ${waiting[0]?.id} waits, and nothing is in progress that will serve it`)
  }
}

/** 9. */
function checkKept(world: World, stats: PoolStats, leaving: number, now: number, pastBackoff: boolean): void {
  const { idle = {}, size = {}, connect = {} } = world.program.options
  const { timeout = 30_000, max: idleMax = Number.POSITIVE_INFINITY } = idle
  if (stats.idle > idleMax) throw new Violation(9, `${stats.idle} are idle, idle.max is ${idleMax}`)
  if (stats.state !== 'running') return
  const servable = stats.connected - leaving + stats.idle
  const room = stats.max - stats.size
  const mayOpen = room > 0 && stats.connecting < (connect.concurrency ?? Number.POSITIVE_INFINITY) && pastBackoff
  if (servable + stats.connecting < stats.min && mayOpen && stats.connecting === 0) {
    throw new Violation(9, `${servable} connections where size.min is ${stats.min}, and none is opening`)
  }
  if (
    world.warming > 0 ||
    world.lastAdvance < 20 ||
    now < world.lastSettledAt + 20 ||
    servable <= stats.min ||
    stats.idle <= (size.minSpare ?? 0)
  )
    return
  for (const { id, state, idleSince } of world.pool.connections()) {
    const latest = (idleSince ?? now) + timeout + lateness(timeout)
    if (state === 'idle.ready' && now > latest)
      throw new Violation(9, `connection ${id} is idle since ${idleSince}, now is ${now}`)
  }
}
