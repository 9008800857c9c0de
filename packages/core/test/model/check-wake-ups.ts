import type { ConnectionInfo } from '../../src/index.js'
import type { Rest } from './invariants.js'
import type { ModelWorld } from './model-world.js'
import type { PendingAcquire } from './serving-order.js'
import { Violation } from './violation.js'

/** ms after which a pool that grows has opened for whoever waits: an open takes at most so long, to the average's knowledge. */
const PATIENCE = 1_500

/** 4: nobody waits beside a connection that would serve, and whoever waits has something to wait for. */
export function checkNoLostWakeUp(world: ModelWorld, rest: Rest): void {
  const { stats } = rest
  if (stats.state !== 'running' && stats.state !== 'closing') return
  // A policy that lets somebody wait says when it may be asked again.
  if (world.policies.some(({ wakesAt }) => rest.now <= wakesAt + 2)) return
  const waiting = [...world.borrowers.pending.values()]
  const eligible = waiting.find((acquire) => !acquire.fresh && isEligible(world, acquire))
  if (eligible !== undefined) {
    const connection = rest.connections.find((connection) => canServe(world, connection))
    if (connection !== undefined) {
      throw new Violation(4, `acquire ${eligible.id} waits while connection ${connection.id} is ${connection.state}`)
    }
  }
  const [first] = waiting
  if (stats.state !== 'running' || first === undefined || !rest.isPastTrouble) return
  if (isInMotion(rest)) return
  // They wait for the far ends to say that they carry more, if there is no room for another open, or not yet.
  const { max: idleMax = Number.POSITIVE_INFINITY } = world.program.options.idle ?? {}
  const hasNoRoom = stats.size >= stats.max || stats.idle >= idleMax
  if (stats.idle > 0 && world.program.adapter.has.capacity && (hasNoRoom || rest.now < first.since + PATIENCE)) return
  throw new Violation(4, `acquire ${first.id} waits, and nothing is in progress that will serve it`)
}

/** Its client may have another lease. */
function isEligible({ program, leases }: ModelWorld, { client }: PendingAcquire): boolean {
  const { perClient } = program.options.acquire ?? {}
  return typeof perClient !== 'object' || client === undefined || leases.leasesOf(client as 'a' | 'b') < perClient.max
}

/** It is there to be lent. Where there are checks, one that is idle may rest because its check is due: then a check must
 * be running. */
function canServe(world: ModelWorld, { id, state, leases, uses }: ConnectionInfo): boolean {
  const { adapter, options } = world.program
  if (adapter.has.check) return false
  const carries = world.resourceOf(id)?.told ?? 1
  if (state === 'idle.ready') return carries > 0
  return state === 'connected.leased' && leases < carries && uses < (options.lifetime?.maxUses ?? uses + 1)
}

function isInMotion({ states }: Rest): boolean {
  return ['connecting', 'connected', 'closing', 'idle.checking'].some((state) => states.has(state))
}
