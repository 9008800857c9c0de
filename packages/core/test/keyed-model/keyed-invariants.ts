import { Violation } from '../model/violation.js'
import type { Seen } from './house.js'
import type { PendingAcquire } from './keyed-borrowers.js'
import type { KeyedWorld } from './keyed-world.js'
import type { ModelledPool } from './modelled-pool.js'

/** What must hold whenever nothing is going on but waiting. */
export function checkAtRest(world: KeyedWorld): void {
  const seen = world.house.seen()
  checkRecount(world, seen)
  checkOutcomes(world)
  checkDeadlines(world)
  checkKeys(world, seen)
  if (world.closed !== 'no') return
  for (const pool of world.pools) {
    if (pool !== world.poolOf(pool.key) || pool.closed || pool.paused) continue
    const waiting = [...world.borrowers.pending.values()].filter((asked) => asked.pool === pool)
    if (waiting.length > 0) checkNoLostWakeUp(world, seen, pool, waiting)
    else checkMin(world, seen, pool)
  }
  checkIdleTimeout(world, seen)
}

/** 10. */
function checkRecount(world: KeyedWorld, seen: readonly Seen[]): void {
  const { connecting, connected, idle, closing, size, leases } = world.house.tally()
  const count = (state: string) => seen.filter(({ info }) => info.state.startsWith(state)).length
  const recount = {
    connecting: count('connecting'),
    connected: count('connected'),
    idle: count('idle'),
    closing: count('closing'),
    size: seen.length,
    leases: seen.reduce((sum, { info }) => sum + info.leases, 0),
  }
  const said = JSON.stringify({ connecting, connected, idle, closing, size, leases })
  if (said !== JSON.stringify(recount))
    throw new Violation(10, `stats say ${said}, recounted ${JSON.stringify(recount)}`)
  if (count('closing.empty') > 0) throw new Violation(11, 'a connection rests in closing.empty')
}

/** 3 and 10: what callers were told is what was counted, those of keys that are gone included. */
function checkOutcomes(world: KeyedWorld): void {
  const { borrowers } = world
  const { waiting, leases, acquired, timedOut, aborted, rejected } = world.house.tally()
  if (waiting !== borrowers.pending.size) {
    throw new Violation(3, `${borrowers.pending.size} acquires are pending, and ${waiting} wait`)
  }
  const held = borrowers.live.length
  if (leases !== held) throw new Violation(3, `${leases} leases are granted, and ${held} in hand`)
  const counted = JSON.stringify({ acquired, timedOut, aborted, rejected })
  const told = JSON.stringify(borrowers.outcomes)
  if (counted !== told) throw new Violation(10, `stats have counted ${counted}, callers were told ${told}`)
}

function checkDeadlines(world: KeyedWorld): void {
  const now = world.clock.now()
  for (const { id, since, deadline, aborted } of world.borrowers.pending.values()) {
    if (aborted) throw new Violation(3, `acquire ${id} is pending after its abort`)
    if (now > deadline + lateness(deadline - since)) {
      throw new Violation(3, `acquire ${id} is pending at ${now}, its deadline was ${deadline}`)
    }
  }
  for (const { what, deadline } of world.closes) {
    if (now > deadline + lateness(0)) throw new Violation(7, `${what} has not resolved at ${now}, due at ${deadline}`)
  }
}

/** Those that are known are those that have something, and no more than there may be. */
function checkKeys(world: KeyedWorld, seen: readonly Seen[]): void {
  const { keys } = world.house
  if (keys === undefined || world.closed === 'yes') return
  const { maxKeys } = world.program
  if (keys > maxKeys) throw new Violation(2, `${keys} keys are known of at most ${maxKeys}`)
  const used = new Set<string>()
  for (const { pool, info } of seen) {
    if (pool === world.poolOf(pool.key) && !pool.closed && !info.state.startsWith('closing')) used.add(pool.key)
  }
  for (const { key, pool } of world.borrowers.pending.values()) if (pool?.closed === false) used.add(key)
  if (keys < used.size) throw new Violation(10, `${keys} keys are known while ${[...used]} are in use`)
  if (keys > world.keys.length) throw new Violation(10, `${keys} keys are known of ${world.keys.length} that there are`)
}

/** 4. */
function checkNoLostWakeUp(
  world: KeyedWorld,
  seen: readonly Seen[],
  pool: ModelledPool,
  waiting: readonly PendingAcquire[],
): void {
  const { program, house } = world
  const own = seen.filter((each) => each.pool === pool)
  const inState = (...states: string[]) =>
    own.filter(({ info }) => states.some((state) => info.state.startsWith(state)))
  const normal = waiting.filter(({ fresh }) => !fresh)
  const [first] = waiting
  if (normal.length > 0 && inState('idle.ready').length > 0 && !program.has.check) {
    throw new Violation(4, `acquire ${normal[0]?.id} of ${pool.key} waits while ${pool.key} has a connection idle`)
  }
  const servable = inState('connected.leased', 'connected.resetting', 'idle').length
  const wants =
    inState('connecting').length === 0 &&
    (servable === 0 || normal.length < waiting.length || program.options.connect?.growth === 'eager')
  // With shared connections an eager pool counts what they carry.
  const isSure = servable === 0 || program.has.capacity === undefined
  if (!wants || !isSure || own.length >= pool.max || isProbing(world, own) || world.isBackingOff(pool)) return
  const { closing } = house.tally()
  const where = `acquire ${first?.id} of ${pool.key} waits with ${own.length} of ${pool.max} connections`
  if (seen.length < program.total) throw new Violation(4, `${where}, and ${seen.length} of ${program.total} in all`)
  const resting = seen.find((each) => each.info.state === 'idle.ready' && mayMakeRoom(world, seen, each.pool))
  if (closing === 0 && resting !== undefined) {
    throw new Violation(4, `${where}, while ${resting.pool.key}#${resting.info.id} rests and could make room`)
  }
  world.saw('waits at the limit')
}

/** A probe that was given up before it settled is still the breaker's one probe. */
function isProbing(world: KeyedWorld, own: readonly Seen[]): boolean {
  const { breaker } = world.program.options.connect ?? {}
  return Boolean(breaker) && own.some(({ info }) => info.state === 'closing.pending')
}

/** More of its connections are idle than it keeps for itself. */
function mayMakeRoom(world: KeyedWorld, seen: readonly Seen[], pool: ModelledPool): boolean {
  const own = seen.filter((each) => each.pool === pool).map(({ info }) => info.state)
  const idle = own.filter((state) => state.startsWith('idle')).length
  const servable = idle + own.filter((state) => state === 'connected.leased' || state === 'connected.resetting').length
  const { minSpare = 0 } = world.program.options.size ?? {}
  return pool.warming === 0 && servable > pool.min && idle > minSpare
}

/** 9. What `maxKeys` has put out keeps nothing. */
function checkMin(world: KeyedWorld, seen: readonly Seen[], pool: ModelledPool): void {
  if (pool.min === 0 || world.program.maxKeys < Number.POSITIVE_INFINITY || world.isBackingOff(pool)) return
  const own = seen.filter((each) => each.pool === pool)
  if (isProbing(world, own)) return
  const standing = own.filter(
    ({ info }) => !info.state.startsWith('closing') && info.state !== 'connected.leaving',
  ).length
  if (standing < pool.min && own.length < pool.max && seen.length < world.program.total) {
    throw new Violation(9, `${pool.key} has ${standing} connections where size.min is ${pool.min}, and there is room`)
  }
}

/** 9: idle ones above `min` are gone by their timeout. */
function checkIdleTimeout(world: KeyedWorld, seen: readonly Seen[]): void {
  const { timeout = 30_000 } = world.program.options.idle ?? {}
  const now = world.clock.now()
  if (world.lastAdvance < 20 || now < world.lastSettledAt + 20) return
  for (const { pool, info } of seen) {
    if (info.state !== 'idle.ready' || !mayMakeRoom(world, seen, pool)) continue
    // A process that stood still is forgiven; ours did not.
    if (now > (info.idleSince ?? now) + timeout + lateness(timeout)) {
      throw new Violation(9, `${pool.key}#${info.id} is idle since ${info.idleSince}, now is ${now}`)
    }
  }
}

/** By how much a deadline may be missed. */
function lateness(ms: number): number {
  return Math.max(10, ms * 0.01)
}

/** 7: after close() or destroy() has resolved. */
export function checkNothingLeft(world: KeyedWorld): void {
  const { size, waiting } = world.house.tally()
  if (!world.house.isClosed || size > 0 || waiting > 0) {
    world.violate(new Violation(7, `${size} connections and ${waiting} waiters are left after close`))
  }
  const { pending } = world.poolClock
  if (pending > 0) world.violate(new Violation(7, `${pending} timers are left after close`))
  if (world.borrowers.abortListeners > 0) {
    world.violate(new Violation(7, `${world.borrowers.abortListeners} abort listeners are left after close`))
  }
  const watched = world.resources.filter(({ signals, detached }) => signals !== undefined && !detached)
  if (watched.length > 0) world.violate(new Violation(7, `${watched} are still watched after close`))
}

/** Nobody has asked for long: whatever nothing keeps is forgotten, with its timers. */
export function checkForgotten(world: KeyedWorld): void {
  const { idle, size } = world.program.options
  const keeps = world.pools.some(({ min, closed }) => min > 0 && !closed) || (size?.minSpare ?? 0) > 0
  if (keeps || idle?.timeout === Number.POSITIVE_INFINITY) return
  const { keys } = world.house
  const left = world.house.seen()
  if (left.length > 0) throw new Violation(9, `${left.map(({ pool, info }) => `${pool.key}#${info.id}`)} never went`)
  if (keys !== undefined && keys > world.viewed.size) {
    throw new Violation(7, `${keys} keys are known, though nothing is left of any and ${world.viewed.size} were viewed`)
  }
  if (world.poolClock.pending > 0) throw new Violation(7, `${world.poolClock.pending} timers run for nothing`)
  world.saw('forgotten')
}
