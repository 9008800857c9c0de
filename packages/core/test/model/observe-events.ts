import { lateness, type ModelWorld } from './model-world.js'
import { isInsideUse } from './nesting-oracle.js'
import { Violation } from './violation.js'

/** Listens to what the pool says of every step and every grant. */
export function observeEvents(world: ModelWorld): void {
  const { pool } = world
  const states = new Map<number, string>()
  // A policy hears of it before, and may make the pool smaller.
  const isFirst = world.program.policies.every(({ told }) => !told.includes('acts'))
  pool.on('connecting', ({ connection }) => {
    const { size, max } = pool.stats()
    if (isFirst && size > max)
      world.violate(new Violation(2, `connection ${connection.id} is number ${size} of at most ${max}`))
    states.set(connection.id, 'connecting')
  })
  pool.on('transition', ({ connection, from, to, event }) => {
    world.saw(`${from} → ${to}`)
    world.log(`· ${connection.id}: ${from} → ${to} (${event})`)
    const known = states.get(connection.id)
    if (known !== from)
      world.violate(new Violation(11, `connection ${connection.id} went from ${from}, but was ${known}`))
    states.set(connection.id, to)
  })
  pool.on('disconnect', ({ connection, reason }) => {
    world.saw(`disconnect:${reason}`)
    const known = states.get(connection.id)
    if (known !== 'closed') world.violate(new Violation(11, `connection ${connection.id} disconnected in ${known}`))
  })
  pool.on('acquire', ({ connection }) => {
    const { id, generation, state, leases } = connection
    const stats = pool.stats()
    if (stats.state === 'paused') {
      world.violate(new Violation(4, `connection ${id} was lent though nobody is eligible: the pool is paused`))
    }
    if (generation !== stats.generation) {
      world.violate(new Violation(8, `connection ${id} of an earlier generation was lent`))
    }
    const { told = 1 } = world.resourceOf(id) ?? {}
    if (state !== 'connected.leased' || leases < 1 || leases > told) {
      world.violate(new Violation(1, `connection ${id} was lent in ${state} with ${leases} leases of at most ${told}`))
    }
  })
}

/** Listens to what the pool says of borrowers: `heard` is told which lease a leak warned of. */
export function observeBorrowers(world: ModelWorld, heard: (leak: string) => void): void {
  const { pool, program } = world
  const { warnAfter = Number.POSITIVE_INFINITY, maxDuration = Number.POSITIVE_INFINITY } = program.options.lease ?? {}
  pool.on('leak', ({ connection, held, revoked, stack }) => {
    world.saw(revoked ? 'leak:revoked' : 'leak:warned')
    const due = revoked ? maxDuration : warnAfter
    if (held < due || held > due + lateness(due)) {
      world.violate(new Violation(9, `a leak of connection ${connection.id} after ${held} ms rather than ${due}`))
    }
    if (stack === '') world.violate(new Violation(9, `a leak of connection ${connection.id} from nowhere`))
    if (revoked) world.resourceOf(connection.id)?.condemn(connection.uses)
    heard(leakOf(connection.id, Math.round(world.clock.now() - held)))
  })
  pool.on('misuse', ({ action }) => {
    world.saw(`misuse:${action}`)
    if (action === 'nested-acquire' && !isInsideUse()) {
      world.violate(new Violation(3, 'an acquire was taken for a nested one'))
    }
  })
}

/** How leaks tell leases apart. */
export function leakOf(connectionId: number, since: number): string {
  return `${connectionId} since ${since}`
}
