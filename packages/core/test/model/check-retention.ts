import type { Rest } from './invariants.js'
import { lateness, type ModelWorld } from './model-world.js'
import { Violation } from './violation.js'

/** 9: what is kept is kept, and what is too much or too old goes. */
export function checkKept(world: ModelWorld, rest: Rest): void {
  const { max: idleMax = Number.POSITIVE_INFINITY } = world.program.options.idle ?? {}
  if (rest.stats.idle > idleMax) throw new Violation(9, `${rest.stats.idle} are idle, idle.max is ${idleMax}`)
  checkLooks(world, rest)
  checkUses(world, rest)
  if (rest.stats.state !== 'running') return
  checkMin(world, rest)
  checkIdleTimeout(world, rest)
}

function servable({ stats, states }: Rest): number {
  return stats.connected - (states.get('connected.leaving') ?? 0) + stats.idle
}

function checkMin({ program }: ModelWorld, rest: Rest): void {
  const { stats } = rest
  const { concurrency = Number.POSITIVE_INFINITY } = program.options.connect ?? {}
  // The breaker's probe was asked to close before its open had settled: nothing else is opened until it has ended.
  const isProbing = Boolean(program.options.connect?.breaker) && stats.closing > 0
  const unsettled = stats.connecting + (rest.states.get('closing.pending') ?? 0)
  const mayOpen = stats.size < stats.max && unsettled < concurrency && rest.isPastTrouble && !isProbing
  if (mayOpen && stats.connecting === 0 && servable(rest) < stats.min) {
    throw new Violation(9, `${servable(rest)} connections where size.min is ${stats.min}, and none is opening`)
  }
}

function checkIdleTimeout(world: ModelWorld, rest: Rest): void {
  const { stats, now } = rest
  const { idle = {}, size = {} } = world.program.options
  const { timeout = 30_000 } = idle
  // What came meanwhile may have made one too many that has rested for long.
  const calm = 2 * lateness(timeout)
  const isCalm = world.warming === 0 && world.lastAdvance >= calm && now >= world.lastSettledAt + calm
  if (!isCalm || servable(rest) <= stats.min || stats.idle <= (size.minSpare ?? 0)) return
  for (const { id, state, idleSince } of rest.connections) {
    const latest = (idleSince ?? now) + timeout + lateness(timeout)
    if (state === 'idle.ready' && now > latest)
      throw new Violation(9, `connection ${id} is idle since ${idleSince}, now is ${now}`)
  }
}

function checkUses({ program }: ModelWorld, { connections }: Rest): void {
  const { maxUses = Number.POSITIVE_INFINITY } = program.options.lifetime ?? {}
  for (const { id, uses } of connections) {
    if (uses > maxUses) throw new Violation(9, `connection ${id} has been lent ${uses} times of at most ${maxUses}`)
  }
}

/** A policy that wants to look again at an idle connection is asked again. */
function checkLooks({ policies }: ModelWorld, { connections, now }: Rest): void {
  for (const { name, looks } of policies) {
    for (const { id, state, uses } of connections) {
      const look = looks.get(id)
      if (look === undefined || state !== 'idle.ready' || uses !== look.uses || now <= look.at + lateness(0)) continue
      throw new Violation(9, `${name} wanted to look again at connection ${id} at ${look.at}, now is ${now}`)
    }
  }
}
