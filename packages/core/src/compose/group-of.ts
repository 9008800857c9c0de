import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { acquireTimeoutOf } from '../pool/acquire-timeout.js'
import type { Pool } from '../pool/pool.js'
import { duration, type Reader, text } from '../pool/read-options.js'
import type { Clock } from '../time/clock.js'
import { systemClock } from '../time/system-clock.js'
import { type Ejection, Health } from './ejection.js'
import { Member } from './member.js'
import { Members, type Selection } from './members.js'
import { PoolGroup } from './pool-group.js'

/** What every group of pools takes. */
export interface GroupOptions {
  /** In errors and events. Default: the kind of group and its members' names, as in `balance(a, b)`. */
  readonly name?: string
  /** ms that an acquire has which names no `timeout`, whatever members it is tried at. Default: the longest
   * `acquire.timeout` of the members. */
  readonly timeout?: number
  /** Times ejections and deadlines; its `now` is all that is used. Default: the process's. Members' deadlines are on their own. */
  readonly clock?: Clock
}

const clock: Reader<Clock> = {
  fallback: systemClock,
  allowed: 'an object with now, setTimeout and clearTimeout',
  accepts: (v) =>
    (['now', 'setTimeout', 'clearTimeout'] as const).every((m) => typeof (v as Clock)?.[m] === 'function'),
}

/** What depends on the members is filled in by `groupOf`. */
export const groupReaders = {
  name: text(),
  timeout: duration(0),
  clock,
} satisfies Record<keyof GroupOptions, Reader<unknown>>

interface Read {
  readonly name: string
  readonly timeout: number
  readonly clock: Clock
}

/** Makes a group of these pools; `kind` begins the name of one that was given none. Throws `InvalidOptionError` unless
 * they are pools, at least one, each once. */
export function groupOf<R>(
  kind: string,
  pools: readonly Pool<R>[],
  { name, timeout, clock }: Read,
  ejection: Ejection | undefined,
  selection: Selection<R>,
): Pool<R> {
  if (!Array.isArray(pools) || pools.length === 0) {
    throw new InvalidOptionError('pools', pools, 'an array of at least one pool')
  }
  const members = pools.map((pool: Pool<R>, i): Member<R> => {
    if (typeof (pool as Partial<Pool<R>> | null)?.acquire !== 'function') {
      throw new InvalidOptionError(`pools[${i}]`, pool, 'a pool')
    }
    if (pools.indexOf(pool) < i) throw new InvalidOptionError(`pools[${i}]`, pool, 'each pool once')
    return new Member(pool, i, new Health(ejection))
  })
  return new PoolGroup<R>(
    name || `${kind}(${pools.map((pool) => pool.name).join(', ')})`,
    new Members(members, selection, clock),
    timeout || Math.max(...pools.map(acquireTimeoutOf)),
  )
}
