import type { ConnectionInfo, PoolStats } from '@millpond/core'
import { lateness } from './lateness.js'
import type { Requests } from './requests.js'
import type { SimulatedPoolOptions } from './simulated-pool.js'
import type { WaitingLine } from './waiting-line.js'
import type { World } from './world.js'

/** What is looked at between two moments, when nothing is going on but waiting. */
export interface Rest {
  readonly stats: PoolStats
  readonly connections: readonly ConnectionInfo[]
  readonly now: number
  /** Timers that the pool has set. */
  readonly timers: number
  readonly requests: Requests
  readonly world: World
  /** Undefined for a pool of the caller's own making: then what depends on options is not checked. */
  readonly options: SimulatedPoolOptions | undefined
  readonly hasKeys: boolean
  readonly capacity: number
  readonly hasCheck: boolean
  readonly violate: (invariant: number, message: string) => void
}

const off = Number.POSITIVE_INFINITY

/** What must hold whenever nothing is going on but waiting. */
export function checkAtRest(rest: Rest): void {
  checkRecount(rest)
  checkWaiters(rest)
  checkWakeUps(rest)
  if (rest.options !== undefined) checkRetention(rest, rest.options)
}

function countState(connections: readonly ConnectionInfo[], state: string): number {
  let count = 0
  for (const connection of connections) if (connection.state.startsWith(state)) count++
  return count
}

/** 2, 10 and 11. */
function checkRecount({ stats, connections, violate, requests }: Rest): void {
  const { size, connecting, connected, idle, closing, leases, max } = stats
  const isSame =
    connecting === countState(connections, 'connecting') &&
    connected === countState(connections, 'connected') &&
    idle === countState(connections, 'idle') &&
    closing === countState(connections, 'closing') &&
    size === connections.length &&
    leases === connections.reduce((sum, connection) => sum + connection.leases, 0)
  if (!isSame || connecting + connected + idle + closing !== size) {
    const states = connections.map(({ id, state, leases }) => `${id} ${state} (${leases})`)
    violate(10, `stats ${JSON.stringify(stats)}, but the connections are ${states.join(', ')}`)
  }
  if (size > max) violate(2, `${size} connections of at most ${max}`)
  if (countState(connections, 'closing.empty') > 0) violate(11, 'a connection rests in closing.empty')
  // Those of lost connections stay with their borrowers.
  if (leases > requests.leased) violate(3, `${leases} leases are granted, and ${requests.leased} in hand`)
}

/** 3: those who wait are those whom the pool knows of, and none of them waits too long. */
function checkWaiters({ stats, requests, now, violate }: Rest): void {
  if (stats.waiting !== requests.pending) {
    violate(3, `${requests.pending} requests are pending, and ${stats.waiting} wait`)
  }
  for (const { first, name } of requests.lines) {
    if (first !== undefined && now > first.since + first.patience + lateness(first.patience)) {
      violate(
        3,
        `a request of ${name} that came at ${first.since} ms is pending, with a patience of ${first.patience} ms`,
      )
    }
  }
}

/** 4: nobody waits beside a connection that would serve, and whoever waits has something to wait for. */
function checkWakeUps(rest: Rest): void {
  const { stats, connections, requests, timers, options, violate } = rest
  if (stats.state !== 'running' || requests.pending === 0) return
  if (timers === 0 && countState(connections, 'idle.ready') === connections.length) {
    violate(4, `${requests.pending} requests wait, and nothing is in progress that will serve them`)
  }
  if (options === undefined) return
  for (const line of requests.lines) {
    if (line.size === 0 || line.fresh || !isEligible(rest, options, line)) continue
    const connection = connections.find((connection) => canServe(rest, options, line, connection))
    if (connection !== undefined) {
      violate(4, `a request of ${line.name} waits while connection ${connection.id} is ${connection.state}`)
    }
  }
}

function isEligible({ requests }: Rest, { acquire }: SimulatedPoolOptions, { client }: WaitingLine): boolean {
  const { perClient } = acquire ?? {}
  if (perClient === undefined || typeof perClient !== 'object' || client === undefined) return true
  return (requests.leasesOf.get(client) ?? 0) < perClient.max
}

/** It is there to be lent. One whose check is due may rest while another is checked. */
function canServe(
  { hasCheck, connections, capacity, hasKeys }: Rest,
  { lifetime }: SimulatedPoolOptions,
  line: WaitingLine,
  { state, key, leases, uses }: ConnectionInfo,
): boolean {
  if (hasKeys && key !== line.key) return false
  if (hasCheck && countState(connections, 'idle.checking') > 0) return false
  if (state === 'idle.ready') return true
  return state === 'connected.leased' && leases < capacity && uses < (lifetime?.maxUses ?? off) && !hasCheck
}

/** 9: what is kept is kept, and what is too much or too old goes. */
function checkRetention(rest: Rest, options: SimulatedPoolOptions): void {
  const { stats, connections, violate, hasKeys } = rest
  const { idle = {}, lifetime = {} } = options
  const { maxUses = off } = lifetime
  for (const { id, uses } of connections) {
    if (uses > maxUses) violate(9, `connection ${id} has been lent ${uses} times of at most ${maxUses}`)
  }
  if (hasKeys) return
  if (stats.idle > (idle.max ?? off)) violate(9, `${stats.idle} are idle, of at most ${idle.max}`)
  checkMin(rest, options)
  checkIdleTimeout(rest, options)
}

/** Those that are or will be lent. */
function servable({ stats, connections }: Rest): number {
  return stats.connected - countState(connections, 'connected.leaving') + stats.idle
}

function checkMin(rest: Rest, { connect = {} }: SimulatedPoolOptions): void {
  const { stats, connections, now, world, violate } = rest
  const { concurrency = off, backoff = {}, breaker } = connect
  const cooldown = typeof breaker === 'object' ? (breaker.cooldown ?? 10_000) : breaker ? 10_000 : 0
  const pause = Math.max((backoff.maxDelay ?? 5_000) * (1 + (backoff.jitter ?? 0.2)), cooldown)
  if (now <= world.lastTroubleAt + pause + 2) return
  // The breaker's probe was asked to close before its open had settled: nothing else is opened until it has ended.
  if (breaker && stats.closing > 0) return
  const unsettled = stats.connecting + countState(connections, 'closing.pending')
  if (stats.size >= stats.max || unsettled >= concurrency || stats.connecting > 0) return
  if (servable(rest) < stats.min) {
    violate(9, `${servable(rest)} connections where size.min is ${stats.min}, and none is opening`)
  }
}

function checkIdleTimeout(rest: Rest, { idle = {}, size = {} }: SimulatedPoolOptions): void {
  const { stats, connections, now, world, requests, violate } = rest
  const { timeout = 30_000 } = idle
  // One that came to rest just now may have made another superfluous, which is seen by the next tick.
  const changedAt = Math.max(world.lastSettledAt, requests.lastChangeAt)
  if (now < changedAt + 20 + lateness(timeout) || servable(rest) <= stats.min || stats.idle <= (size.minSpare ?? 0))
    return
  for (const { id, state, idleSince } of connections) {
    const since = idleSince ?? now
    if (state === 'idle.ready' && now > since + timeout + lateness(timeout)) {
      violate(9, `connection ${id} is idle since ${since} ms, longer than idle.timeout (${timeout})`)
    }
  }
}
