import type { AcquireOptions, TryAcquireOptions } from '../acquire/acquire-options.js'
import { checkAcquireOptions } from '../acquire/acquire-options.js'
import type { Lease } from '../acquire/lease.js'
import type { ConnectionInfo } from '../connection/connection-info.js'
import { acquireTimeout } from '../pool/acquire-timeout.js'
import type { CloseOptions } from '../pool/close.js'
import type { FlushOptions } from '../pool/flush.js'
import { ObservedEmitter } from '../pool/observed-emitter.js'
import type { PauseOptions } from '../pool/pause.js'
import type { Pool } from '../pool/pool.js'
import type { PoolEvents } from '../pool/pool-events.js'
import type { PoolStats } from '../pool/pool-stats.js'
import { duration, oneOf, type Reader, readGroup } from '../pool/read-options.js'
import { AcquireWaiter } from './acquire-waiter.js'
import { Detours } from './detours.js'
import { EventBridge } from './event-bridge.js'
import type { GroupCore } from './group-core.js'
import { resizeMembers, warmMembers } from './group-size.js'
import { sumStats } from './group-stats.js'
import type { Member } from './member.js'
import type { Members } from './members.js'
import { Quiet } from './quiet.js'
import { UseWaiter } from './use-waiter.js'
import { WaitingRoom } from './waiting-room.js'

const closeReaders = {
  timeout: duration(30_000),
  waiters: oneOf('reject', 'serve'),
} satisfies Record<keyof CloseOptions, Reader<unknown>>

/**
 * Several pools as one. It holds no connections and sets no timers: leases, deadlines and limits are its members', which
 * may be used besides.
 *
 * Its events are its members', with their names as `pool`; `pause`, `resume`, `flush` and `close` come once, with the
 * group's name, when the group's own method was called, and `quiet` when all members are quiet.
 */
export class PoolGroup<R> extends ObservedEmitter<PoolEvents<R>> implements Pool<R> {
  readonly name: string
  readonly #core: GroupCore<R>
  readonly #members: Members<R>
  readonly #room: WaitingRoom<R>
  readonly #bridge: EventBridge<R>
  #closing: Promise<void> | undefined = undefined

  constructor(name: string, members: Members<R>, timeout: number) {
    super()
    this.name = name
    this.#members = members
    this.#room = new WaitingRoom(members)
    const quiet = new Quiet(members, this.#room, () => this.#bridge.tell('quiet', { pool: name }))
    const pools = members.all.map(({ pool }) => pool)
    this.#bridge = new EventBridge<R>(this, pools, { quiet: quiet.check })
    this.#core = { name, timeout, members, room: this.#room, bridge: this.#bridge, quiet, detours: new Detours() }
  }

  acquire(options: AcquireOptions = {}): Promise<Lease<R>> {
    // A member refuses better than we could: it counts, and tells.
    if (isRefused(options)) return this.#all[0]?.pool.acquire(options) as Promise<Lease<R>>
    const first = this.#members.first()
    const lease = options.fresh === true ? undefined : this.#lend(first, options.client)
    if (lease !== undefined) return Promise.resolve(lease)
    // Adapters and listeners that were called meanwhile may have aborted it.
    if (options.signal?.aborted) return first.pool.acquire(options)
    const waiter = new AcquireWaiter(this.#core, options)
    waiter.start(first)
    return waiter.promise
  }

  get [acquireTimeout](): number {
    return this.#core.timeout
  }

  tryAcquire(options?: TryAcquireOptions): Lease<R> | undefined {
    return this.#lend(this.#members.first(), options?.client)
  }

  use<T>(fn: (resource: R, lease: Lease<R>) => T | Promise<T>, options: AcquireOptions = {}): Promise<T> {
    if (isRefused(options)) return this.#all[0]?.pool.use(fn, options) as Promise<T>
    const first = this.#members.first()
    const waiter = new UseWaiter(this.#core, fn, options)
    this.#room.serve()
    if (options.fresh === true) waiter.start(first)
    else waiter.begin(this.#members.lenders(first), first)
    return waiter.promise
  }

  warm(count?: number): Promise<void> {
    return warmMembers(this.#all, count)
  }

  resize(size: { min?: number; max?: number }): void {
    resizeMembers(this.name, this.#all, size)
  }

  flush(options?: FlushOptions): void {
    const { state } = this.stats()
    this.#bridge.withhold('flush', () => this.#each((pool) => pool.flush(options)))
    if (state === 'closing' || state === 'closed') return
    this.#bridge.tell('flush', {
      pool: this.name,
      generation: this.stats().generation,
      leased: options?.leased ?? 'on-release',
    })
  }

  pause(options?: PauseOptions): void {
    const { state } = this.stats()
    this.#bridge.withhold('pause', () => this.#room.hold(() => this.#each((pool) => pool.pause(options))))
    if (state === 'closing' || state === 'closed') return
    this.#bridge.tell('pause', { pool: this.name, waiters: options?.waiters ?? 'hold' })
  }

  resume(): void {
    const wasPaused = this.#all.some(({ state }) => state === 'paused')
    this.#bridge.withhold('resume', () => this.#room.hold(() => this.#each((pool) => pool.resume())))
    if (wasPaused) this.#bridge.tell('resume', { pool: this.name })
  }

  close(options?: CloseOptions): Promise<void> {
    try {
      readGroup('close', options, closeReaders)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#end((pool) => pool.close(options))
  }

  destroy(error?: Error): Promise<void> {
    return this.#end((pool) => pool.destroy(error))
  }

  stats(): PoolStats {
    const all = this.#all.map(({ pool }) => pool.stats())
    return sumStats(all, this.#core.detours, this.#room)
  }

  connections(): Iterable<ConnectionInfo> {
    return this.#all.flatMap(({ pool }) => [...pool.connections()])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  protected override listenersChanged(): void {
    this.#bridge.update()
  }

  get #all(): readonly Member<R>[] {
    return this.#members.all
  }

  #each(fn: (pool: Pool<R>) => void): void {
    for (const { pool } of this.#all) fn(pool)
  }

  /** The group tells once that it has closed, when all members have. */
  #end(end: (pool: Pool<R>) => Promise<void>): Promise<void> {
    const isFirst = this.#closing === undefined
    let follow: (ends: Promise<unknown>) => void = () => {}
    // Before any member is told to: its listeners may call `close` too.
    this.#closing ??= new Promise<unknown>((resolve) => {
      follow = resolve
    }).then(() => this.#bridge.tell('close', { pool: this.name }))
    if (isFirst) this.#bridge.drop('close')
    const ends = Promise.all(this.#all.map(({ pool }) => end(pool)))
    follow(ends)
    ends.catch(() => {})
    return this.#closing
  }

  #lend(first: Member<R>, client: string | undefined): Lease<R> | undefined {
    // What is ready is theirs who wait; what they leave they cannot have.
    this.#room.serve()
    for (const member of this.#members.lenders(first)) {
      const lease = member.lend(client, this.#members.now)
      if (lease !== undefined) return lease
    }
    return undefined
  }
}

function isRefused(options: AcquireOptions): boolean {
  try {
    checkAcquireOptions(options)
  } catch {
    return true
  }
  return options.signal?.aborted === true
}
