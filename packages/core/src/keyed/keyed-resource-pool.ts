import { acquire, tryAcquire } from '../acquire/acquire.js'
import type { AcquireOptions, TryAcquireOptions } from '../acquire/acquire-options.js'
import { Chain } from '../acquire/chain.js'
import type { Lease } from '../acquire/lease.js'
import { shareLimit } from '../compose/share-limit.js'
import type { ConnectionInfo } from '../connection/connection-info.js'
import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { OverloadedError } from '../errors/overloaded-error.js'
import { PoolClosedError } from '../errors/pool-closed-error.js'
import { PoolError, type PoolErrorCode } from '../errors/pool-error.js'
import type { Policy } from '../policies/policy.js'
import { type CloseOptions, closePool, destroyPool, readCloseOptions } from '../pool/close.js'
import { type FlushOptions, flushPools } from '../pool/flush.js'
import { ObservedEmitter } from '../pool/observed-emitter.js'
import type { Pool } from '../pool/pool.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { AcquireFailure, PoolEvents } from '../pool/pool-events.js'
import { Surroundings } from '../pool/surroundings.js'
import { addTotals, noTotals } from '../pool/totals.js'
import { use } from '../pool/use.js'
import { makeCore } from '../pool/wiring.js'
import { callOption } from './call-option.js'
import { KeyEntry } from './key-entry.js'
import { KeyView } from './key-view.js'
import type { ResolvedKeyedOptions } from './keyed-options.js'
import type { KeyedPool, KeyedPoolStats } from './keyed-pool.js'
import { sumStats } from './sum-stats.js'

/** A map of pools that share their surroundings. What has nothing left is forgotten. */
export class KeyedResourcePool<T, R> extends ObservedEmitter<PoolEvents<R>> implements KeyedPool<T, R> {
  readonly #options: ResolvedKeyedOptions<T, R>
  readonly #entries = new Map<string, KeyEntry<R>>()
  /** Pools whose key is known no longer, or has begun anew, until the last of their connections is closed. */
  readonly #leaving = new Set<PoolCore<R>>()
  readonly #limit: Policy | undefined
  readonly #surroundings: Surroundings<R>
  /** The totals of pools that are gone. */
  readonly #gone = noTotals()
  /** In the order of use; only with `maxKeys`. */
  readonly #byUse: Chain<KeyEntry<R>> | undefined
  #closed: Promise<void> | undefined
  #closeCause: Error | undefined
  #state: 'running' | 'closing' | 'closed' = 'running'

  constructor(options: ResolvedKeyedOptions<T, R>) {
    super()
    this.#options = options
    this.#limit = options.total === Number.POSITIVE_INFINITY ? undefined : shareLimit(options.total)
    this.#byUse = options.maxKeys === Number.POSITIVE_INFINITY ? undefined : new Chain()
    this.#surroundings = new Surroundings(options.shared, this)
  }

  get name(): string {
    return this.#options.shared.name
  }

  acquire(target: T, options?: AcquireOptions): Promise<Lease<R>> {
    try {
      return this.#ask(this.#entryOf(target, this.#keyOf(target)), (core) => acquire(core, options))
    } catch (error) {
      return this.#refuse(error, target)
    }
  }

  tryAcquire(target: T, options?: TryAcquireOptions): Lease<R> | undefined {
    if (this.#state !== 'running') return undefined
    const entry = this.#entries.get(this.#keyOf(target))
    // What has no pool has no idle connection either.
    if (entry === undefined || entry.core.close !== undefined) return undefined
    if (this.#byUse !== undefined) this.#touch(this.#byUse, entry)
    return this.#ask(entry, (core) => tryAcquire(core, options))
  }

  use<V>(target: T, fn: (resource: R, lease: Lease<R>) => V | Promise<V>, options?: AcquireOptions): Promise<V> {
    try {
      return this.#ask(this.#entryOf(target, this.#keyOf(target)), (core) => use(core, fn, options))
    } catch (error) {
      return this.#refuse(error, target)
    }
  }

  for(target: T): Pool<R> {
    const entry = this.#entryOf(target, this.#keyOf(target))
    const known = entry.view?.deref()
    if (known !== undefined) return known
    const { core } = entry
    const view = new KeyView(core, (heard) => {
      if (core.state === 'closed') return
      this.#surroundings.moments.recountView(heard)
      core.view = heard.eventNames().length > 0 ? heard : undefined
      this.#forgetIfUnused(entry)
    })
    entry.view = new WeakRef(view)
    views.register(view, () => this.#forgetIfUnused(entry))
    return view
  }

  flush(target?: T, options?: FlushOptions): void {
    const entries =
      target === undefined ? this.#entries.values() : [this.#entries.get(this.#keyOf(target)) ?? []].flat()
    flushPools(
      Array.from(entries, ({ core }) => core),
      options,
    )
  }

  close(options?: CloseOptions): Promise<void> {
    try {
      readCloseOptions(options)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#end((core) => closePool(core, options))
  }

  destroy(error?: Error): Promise<void> {
    this.#closeCause ??= error
    return this.#end((core) => destroyPool(core, error))
  }

  stats(): KeyedPoolStats {
    const { histograms } = this.#surroundings
    return {
      ...sumStats(this.#cores(), this.#gone),
      state: this.#state,
      max: this.#options.total,
      keys: this.#entries.size,
      ...(histograms === undefined
        ? {}
        : {
            histograms: {
              wait: histograms.wait.snapshot(),
              connect: histograms.connect.snapshot(),
              lease: histograms.lease.snapshot(),
            },
          }),
    }
  }

  connections(): Iterable<ConnectionInfo> {
    const now = this.#options.shared.clock.now()
    return [...this.#cores()].flatMap((core) => Array.from(core.connections, (connection) => connection.snapshot(now)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  protected override listenersChanged(): void {
    this.#surroundings.moments.recount()
  }

  *#cores(): Iterable<PoolCore<R>> {
    for (const { core } of this.#entries.values()) yield core
    yield* this.#leaving
  }

  #keyOf(target: T): string {
    const allowed = 'a function that gives a text'
    const key = callOption('key(target)', target, allowed, () => this.#options.key(target))
    if (typeof key !== 'string') throw new InvalidOptionError('key(target)', key, allowed)
    return key
  }

  #keyIfAny(target: T): string | undefined {
    try {
      return this.#keyOf(target)
    } catch {
      return undefined
    }
  }

  /** An acquire that has found no pool: as a pool refuses it. */
  #refuse(error: unknown, target: T): Promise<never> {
    this.#gone.rejected++
    const { acquireError } = this.#surroundings.moments
    if (acquireError.wanted && error instanceof PoolError) {
      const source = { name: this.name, key: this.#keyIfAny(target), view: undefined }
      acquireError.tell(source, { reason: reasons[error.code] ?? 'invalid', waited: 0, error })
    }
    return Promise.reject(error)
  }

  /** Calls a key's pool, which is not forgotten meanwhile: what it asks for may be the end of its last connection. */
  #ask<V>(entry: KeyEntry<R>, ask: (core: PoolCore<R>) => V): V {
    entry.asking++
    try {
      return ask(entry.core)
    } finally {
      entry.asking--
      if (entry.core.size === 0) this.#forgetIfUnused(entry)
    }
  }

  #entryOf(target: T, key: string): KeyEntry<R> {
    if (this.#state !== 'running') throw new PoolClosedError(this.name, this.#closeCause)
    const known = this.#entries.get(key)
    if (known !== undefined) {
      if (known.core.close === undefined) {
        if (this.#byUse !== undefined) this.#touch(this.#byUse, known)
        return known
      }
      // Closed by itself: the key begins anew, while the old pool drains.
      this.#leave(known)
    }
    // Nobody is put out before it is known for whom.
    if (this.#isFull) this.#longestUnused()
    return this.#add(this.#make(target, key))
  }

  get #isFull(): boolean {
    return this.#entries.size >= this.#options.maxKeys
  }

  /** The functions of options that were called to make it may have closed the keyed pool, or made the same key known. */
  #add(entry: KeyEntry<R>): KeyEntry<R> {
    try {
      if (this.#state !== 'running') throw new PoolClosedError(this.name, this.#closeCause)
      const known = this.#entries.get(entry.key)
      if (known !== undefined) {
        this.#discard(entry.core)
        return known
      }
      const leaving = this.#isFull ? this.#longestUnused() : undefined
      entry.core.whenUnused = () => this.#forgetIfUnused(entry)
      if (leaving !== undefined) this.#entries.delete(leaving.key)
      this.#entries.set(entry.key, entry)
      this.#byUse?.append(entry.link)
      entry.asking++
      if (leaving !== undefined) this.#leave(leaving)
      entry.asking--
    } catch (error) {
      this.#discard(entry.core)
      throw error
    }
    return entry
  }

  #make(target: T, key: string): KeyEntry<R> {
    const adapter = callOption('adapter(target)', target, 'a function that gives an adapter', () =>
      this.#options.adapter(target),
    )
    const options = this.#options.poolOptions(adapter, this.#limit)
    return new KeyEntry(key, makeCore(adapter, options, this.#surroundings, key))
  }

  /** Nothing of it is left. */
  #discard(core: PoolCore<R>): void {
    core.state = 'closed'
    core.granting = false
    core.disarmAll()
    core.policies?.detach()
    this.#bury(core)
  }

  #touch(byUse: Chain<KeyEntry<R>>, { link }: KeyEntry<R>): void {
    byUse.remove(link)
    byUse.append(link)
  }

  /** The key that was asked for longest ago of those that nobody uses; those in use get another turn. */
  #longestUnused(): KeyEntry<R> {
    const byUse = this.#byUse as Chain<KeyEntry<R>>
    for (let left = this.#entries.size; left > 0; left--) {
      const entry = byUse.first?.value as KeyEntry<R>
      if (entry.isUnused) return entry
      this.#touch(byUse, entry)
    }
    throw new OverloadedError(this.name, 0, `all of its ${this.#options.maxKeys} keys (maxKeys) are in use`)
  }

  /** The key is known no longer; its pool stays on the books until it is closed. */
  #leave(entry: KeyEntry<R>): void {
    const { core } = entry
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key)
    this.#byUse?.remove(entry.link)
    if (core.state === 'closed') {
      this.#bury(core)
      return
    }
    this.#leaving.add(core)
    void (core.close?.promise ?? closePool(core, undefined)).then(() => this.#bury(core))
  }

  #bury(core: PoolCore<R>): void {
    this.#leaving.delete(core)
    if (core.view !== undefined) this.#surroundings.moments.dropView(core.view as KeyView<R>)
    core.view = undefined
    if (core.totals === this.#gone) return
    addTotals(this.#gone, core.totals)
    // What comes late is still counted.
    core.totals = this.#gone
  }

  /** Nothing is left of it, nobody waits, and what its failures taught holds no longer. */
  #forgetIfUnused(entry: KeyEntry<R>): void {
    const { core } = entry
    if (this.#entries.get(entry.key) !== entry) return
    if (core.close !== undefined) {
      if (core.state === 'closed') this.#leave(entry)
      return
    }
    if (core.size > 0 || !entry.isUnused || core.floor > 0) return
    if (core.failures > 0) {
      const until = Math.max(core.retryAt, core.lastFailureAt + core.options.connect.backoff.maxDelay)
      if (core.now() < until) {
        core.wheel.arm(core.alarms.retry, until)
        return
      }
    }
    if (core.wakeAlarms.some((alarm) => alarm.armed)) return
    this.#entries.delete(entry.key)
    this.#byUse?.remove(entry.link)
    this.#discard(core)
  }

  #end(end: (core: PoolCore<R>) => Promise<void>): Promise<void> {
    if (this.#state === 'closed') return this.#closed as Promise<void>
    this.#state = 'closing'
    const ends = Promise.all([...this.#cores()].map(end))
    this.#closed ??= ends.then(() => {
      this.#state = 'closed'
      for (const { core } of this.#entries.values()) this.#bury(core)
      this.#entries.clear()
    })
    return this.#closed
  }
}

const reasons: { readonly [C in PoolErrorCode]?: AcquireFailure } = {
  ERR_POOL_CLOSED: 'closed',
  ERR_POOL_OVERLOADED: 'overloaded',
}

const views = new FinalizationRegistry<() => void>((gone) => gone())
