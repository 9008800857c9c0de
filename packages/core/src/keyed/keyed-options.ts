import type { Adapter } from '../adapter/adapter.js'
import { checkAdapter } from '../adapter/check-adapter.js'
import { InvalidOptionError } from '../errors/invalid-option-error.js'
import type { Policy } from '../policies/policy.js'
import type { PoolOptions } from '../pool/pool-options.js'
import { count, fn, readGroup } from '../pool/read-options.js'
import { type ResolvedOptions, resolveOptions } from '../pool/resolve-options.js'

/** The options of a keyed pool: those of a pool, which hold for each key, and those that span keys. */
export interface KeyedPoolOptions<T, R> extends PoolOptions<R> {
  /** Which pool a target belongs to: targets with the same key share connections. */
  readonly key: (target: T) => string
  /** How connections to a target are opened; called once for each key while it is known. */
  readonly adapter: (target: T) => Adapter<R>
  /** Connections of all keys together at most. At the limit the longest idle of another key makes room;
   * what `size.min` keeps does not, so with both, give the total room for more than that. Set it to what
   * the process may have open. Default
   * `Infinity`. (undici `Agent`, Node's `maxTotalSockets`) */
  readonly total?: number
  /** Connections of one key at most: as `size.max` for a single pool. Default `size.max`, 10. (Node's `maxSockets`,
   * undici `connections`) */
  readonly perKey?: number
  /** Keys known at once at most. One more makes the longest unused key be forgotten; when all are in use, the
   * acquire is rejected with `OverloadedError`. Set it where keys come from outside and anybody can invent them.
   * Default `Infinity`. */
  readonly maxKeys?: number
}

/** The options of a keyed pool, complete. */
export interface ResolvedKeyedOptions<T, R> {
  readonly key: (target: T) => string
  readonly adapter: (target: T) => Adapter<R>
  readonly total: number
  readonly maxKeys: number
  /** What is the same for all keys. */
  readonly shared: ResolvedOptions
  /** The options of one key's pool, with the policy of the total. Throws `InvalidOptionError` where its adapter
   * cannot do what is asked of it. */
  poolOptions(adapter: Adapter<R>, limit: Policy | undefined): ResolvedOptions
}

const NAME = 'keyed pool'
const off = Number.POSITIVE_INFINITY

/** Throws `InvalidOptionError` naming the option, the value and what is allowed. */
export function resolveKeyedOptions<T, R>(given: KeyedPoolOptions<T, R>): ResolvedKeyedOptions<T, R> {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('options', given, 'an object')
  const { key, adapter, total, perKey, maxKeys, ...rest } = given
  for (const [name, value] of Object.entries({ key, adapter })) {
    if (typeof value !== 'function') throw new InvalidOptionError(name, value, 'a function of the target')
  }
  const read = readGroup(
    '',
    { key, adapter, total, perKey, maxKeys },
    {
      key: fn<(target: T) => string>(() => ''),
      adapter: fn<(target: T) => Adapter<R>>(adapter),
      total: count(off, true),
      perKey: count(typeof rest.size?.max === 'number' ? rest.size.max : 10, true),
      maxKeys: count(off, true),
    },
  )
  const isObject = typeof rest.size === 'object' && rest.size !== null
  const size = rest.size === undefined || isObject ? { ...rest.size, max: read.perKey } : rest.size
  const options = { name: NAME, ...rest, size }
  const ownOptions = ['key', 'adapter', 'total', 'perKey', 'maxKeys']
  // What holds for every adapter is said at once.
  const anyAdapter = { name: NAME, open: () => ({}), close: () => {}, check: async () => {} }
  const shared = resolveOptions(anyAdapter, options, ownOptions)
  const byAbility = new Map<boolean, ResolvedOptions>()
  return {
    ...read,
    shared,
    poolOptions(adapterOfKey, limit) {
      const canCheck = adapterOfKey?.check !== undefined
      const known = byAbility.get(canCheck)
      if (known !== undefined) {
        checkAdapter(adapterOfKey)
        return known
      }
      const resolved = resolveOptions(adapterOfKey, options)
      const withLimit = limit === undefined ? resolved : { ...resolved, policies: [...resolved.policies, limit] }
      byAbility.set(canCheck, withLimit)
      return withLimit
    },
  }
}
