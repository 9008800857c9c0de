import type { Rest } from './invariants.js'
import { lateness, type ModelWorld } from './model-world.js'
import { leakOf } from './observe-events.js'
import { Violation } from './violation.js'

/** What must hold of leases whenever nothing is going on. */
export function checkLeases(world: ModelWorld, rest: Rest): void {
  checkHolders(world, rest)
  for (const client of ['a', 'b'] as const) world.leases.checkShare(client)
  checkDurations(world, rest)
}

/** 1, 3 and 10: a connection has the leases that borrowers have of it, and none was granted to nobody. */
function checkHolders(world: ModelWorld, { stats, connections }: Rest): void {
  const { live } = world.leases
  for (const { id, state, leases } of connections) {
    const held = live.filter(({ resource }) => resource.connectionId === id).length
    const isLent = state === 'connected.leased' || state === 'connected.leaving'
    if (isLent !== leases > 0) throw new Violation(1, `connection ${id} rests in ${state} with ${leases} leases`)
    if (leases !== held) throw new Violation(10, `connection ${id} has ${leases} leases, and ${held} are in hand`)
  }
  if (stats.leases !== live.length) {
    throw new Violation(3, `${stats.leases} leases are granted, and ${live.length} in hand`)
  }
}

/** 9: what is held too long is told of, and taken away. */
function checkDurations({ leases, program, leaks }: ModelWorld, { now }: Rest): void {
  const { warnAfter = Number.POSITIVE_INFINITY, maxDuration = Number.POSITIVE_INFINITY } = program.options.lease ?? {}
  for (const { id, since, lease } of leases.live) {
    const held = now - since
    const { id: connection } = lease.connection
    if (held > maxDuration + lateness(maxDuration)) {
      throw new Violation(9, `lease ${id} of connection ${connection} has lasted ${held} ms of at most ${maxDuration}`)
    }
    if (held > warnAfter + lateness(warnAfter) && !leaks.has(leakOf(connection, since))) {
      throw new Violation(9, `nobody was told that lease ${id} of connection ${connection} has lasted ${held} ms`)
    }
  }
}
