import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { PoolClosedError } from '../errors/pool-closed-error.js'
import type { PoolStats } from '../pool/pool-stats.js'
import { count, natural, readGroup } from '../pool/read-options.js'
import { living } from './group-stats.js'
import type { Member } from './member.js'
import { spread } from './spread.js'

interface Size {
  readonly min: number
  readonly max: number
}

const unlimited = Number.POSITIVE_INFINITY

/**
 * Deals `max` and `min` out among the members that are not closing, as evenly as can be. What is not given stays as it
 * is, if it fits. All members take their share, or none does.
 */
export function resizeMembers<R>(
  name: string,
  members: readonly Member<R>[],
  size: { min?: number; max?: number },
): void {
  const stats = members.map((member) => ({ member, ...member.pool.stats() }))
  const alive = living(stats)
  if (alive.every(({ state }) => state === 'closing' || state === 'closed')) throw new PoolClosedError(name)
  const { min, max } = readSize(alive, size)
  const all = (value: number) => alive.map(() => value)
  const maxima =
    size.max === undefined
      ? alive.map((one) => one.max)
      : max === unlimited
        ? all(unlimited)
        : spread(max, all(1), all(unlimited))
  const fits = size.min === undefined && alive.every((one, i) => one.min <= (maxima[i] as number))
  const minima = fits ? alive.map((one) => one.min) : spread(min, all(0), maxima)
  resizeAll(alive.map(({ member, ...before }, i) => [member, before, { min: minima[i], max: maxima[i] } as Size]))
}

function readSize(alive: readonly Size[], size: { min?: number; max?: number }): Size {
  const sum = (name: 'min' | 'max') => alive.reduce((total, one) => total + one[name], 0)
  const { min, max } = readGroup('size', size, { min: natural(sum('min')), max: count(sum('max'), true) })
  if (max < alive.length) {
    throw new InvalidOptionError('size.max', max, `at least ${alive.length}, one for each member of the group`)
  }
  if (min > max) throw new InvalidOptionError('size.min', min, `at most size.max (${max})`)
  return { min, max }
}

/** A member may refuse its share for reasons of its own, such as `idle.max`: those before it then get their old size back. */
function resizeAll<R>(shares: readonly (readonly [Member<R>, before: Size, after: Size])[]): void {
  let done = 0
  try {
    for (const [member, , after] of shares) {
      member.pool.resize(after)
      done++
    }
  } catch (error) {
    for (const [member, { min, max }] of shares.slice(0, done)) member.pool.resize({ min, max })
    throw error
  }
}

/**
 * Opens connections until `count` are open, beginning with the members that have least; without `count`, each member's
 * `size.min`. Members that are not running are left out, unless none is.
 */
export async function warmMembers<R>(members: readonly Member<R>[], count: number | undefined): Promise<void> {
  if (count !== undefined && !(Number.isInteger(count) && count >= 0)) {
    throw new InvalidOptionError('count', count, 'a whole number of at least 0')
  }
  const running = members.filter(({ state }) => state === 'running')
  const pools = (running.length > 0 ? running : members).map(({ pool }) => pool)
  const shares =
    count === undefined
      ? []
      : sharesToWarm(
          count,
          pools.map((pool) => pool.stats()),
        )
  await Promise.all(pools.map((pool, i) => pool.warm(shares[i])))
}

function sharesToWarm(count: number, stats: readonly PoolStats[]): number[] {
  const open = stats.map(({ idle, connected }) => idle + connected)
  return spread(
    count,
    open,
    stats.map(({ max }, i) => Math.max(max, open[i] as number)),
  )
}
