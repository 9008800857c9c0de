import { type ConnectionInfo, type FlushOptions, systemClock } from '@millpond/core'
import { Dispatcher, errors } from 'undici'
import { EventBridge } from '../agent/event-bridge.js'
import type { ClientConnection } from './client-connection.js'
import { exchangeFor, type GivenHandler, tellRefused } from './dispatch-handler.js'
import type { DispatchTarget } from './dispatch-target.js'
import { DispatcherCore } from './dispatcher-core.js'
import { type DispatcherEvents, eventShapes } from './dispatcher-events.js'
import { type DispatcherOptions, resolveDispatcherOptions } from './dispatcher-options.js'
import type { DispatcherStats } from './dispatcher-stats.js'
import { Ending } from './ending.js'
import { withRereadableHeaders } from './rereadable-headers.js'

/** Events that tell of leases: with a listener, each request has one of its own. */
const ofLeases: ReadonlySet<string | symbol> = new Set([
  'acquiring',
  'acquire',
  'acquireError',
  'release',
  'transition',
  'quiet',
])

type Done = (error?: Error | null) => void

/**
 * An undici `Dispatcher` on a pool for each origin. Its fields are not private by `#`: `compose` gives out proxies, on
 * which those could not be read.
 */
export class PooledDispatcher extends Dispatcher implements AsyncDisposable {
  private readonly core: DispatcherCore
  private readonly ending: Ending
  private readonly events: EventBridge<DispatchTarget, ClientConnection>

  /** `createDispatcher` is the way to make one. Throws `InvalidOptionError`. */
  constructor(given?: DispatcherOptions) {
    super()
    const options = resolveDispatcherOptions(given)
    this.core = new DispatcherCore(options, {
      drained: (target) => this.emitUndici('drain', target.url, [this]),
      quiet: () => this.ending.quiet(),
    })
    this.ending = new Ending(this.core, options.pool.clock ?? systemClock)
    this.events = new EventBridge(this.core.pool, this, eventShapes(this))
    this.listenToListeners()
  }

  /** True once `close` or `destroy` was called. (undici) */
  get closed(): boolean {
    return this.ending.isClosing
  }

  /** True once `destroy` was called, or a close is complete. (undici) */
  get destroyed(): boolean {
    return this.ending.isDestroyed
  }

  /** Sends a request. False when the next one to this origin would have to wait: `drain` tells when it would not. All
   * errors but those of a handler that cannot be told go to the handler. (undici's contract) */
  override dispatch(options: Dispatcher.DispatchOptions, given: Dispatcher.DispatchHandler): boolean {
    if (!given || typeof given !== 'object') throw new errors.InvalidArgumentError('handler must be an object')
    const { core } = this
    const handler = given as object as GivenHandler
    try {
      if (!options || typeof options !== 'object') throw new errors.InvalidArgumentError('opts must be an object.')
      if (this.ending.isDestroyed) throw new errors.ClientDestroyedError()
      if (this.ending.isClosing) throw new errors.ClientClosedError()
      const wanted = withRereadableHeaders(options)
      return core.dispatch(exchangeFor(core, core.open.targets.of(wanted), wanted, handler))
    } catch (error) {
      tellRefused(handler, error)
      return false
    }
  }

  /** Counts and totals of the pool, and the present counts of each origin. */
  stats(): DispatcherStats {
    return this.core.stats()
  }

  /** Snapshots of all connections, with the `key` they are kept under. */
  connections(): Iterable<ConnectionInfo> {
    this.core.settle()
    return this.core.pool.connections()
  }

  /** Begins a new generation for one origin, or for all: what is open carries no further request. For new addresses or
   * certificates. Throws `InvalidOptionError` for what is no http or https URL. */
  flush(origin?: string | URL, options?: FlushOptions): void {
    this.core.flush(origin, options)
  }

  /** Takes no more requests; those under way and those that wait are served. Resolves, or calls back, when every
   * connection is closed. With `timeout` (ms; default `Infinity`, as undici) what is left then is destroyed. */
  override close(): Promise<void>
  override close(done: Done): void
  override close(options: { readonly timeout?: number }): Promise<void>
  override close(given?: Done | { readonly timeout?: number }): Promise<void> | undefined {
    if (typeof given === 'function') return callBack(this.ending.close(undefined), given)
    return this.ending.close(given?.timeout)
  }

  /** Fails every request with the error (default: undici's `ClientDestroyedError`), and ends every connection now. */
  override destroy(error?: Error | null): Promise<void>
  override destroy(done: Done): void
  override destroy(error: Error | null, done: Done): void
  override destroy(given?: Error | null | Done, done?: Done): Promise<void> | undefined {
    const ended = this.ending.destroy(typeof given === 'function' ? undefined : (given ?? undefined))
    const callback = typeof given === 'function' ? given : done
    return callback === undefined ? ended : callBack(ended, callback)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  override on<E extends keyof DispatcherEvents>(event: E, listener: DispatcherEvents[E]): this {
    return super.on(event as 'drain', listener as () => void)
  }

  override once<E extends keyof DispatcherEvents>(event: E, listener: DispatcherEvents[E]): this {
    return super.once(event as 'drain', listener as () => void)
  }

  override off<E extends keyof DispatcherEvents>(event: E, listener: DispatcherEvents[E]): this {
    return super.off(event as 'drain', listener as () => void)
  }

  override removeAllListeners(event?: string | symbol): this {
    if (event === undefined) super.removeAllListeners()
    else super.removeAllListeners(event)
    if (event === undefined || event === 'newListener' || event === 'removeListener') {
      this.listenToListeners()
      this.events.recount()
      this.core.isWatched = false
    }
    return this
  }

  private emitUndici(event: 'drain', origin: URL, targets: readonly Dispatcher[]): void {
    const emit = super.emit as (event: string, ...args: unknown[]) => boolean
    emit.call(this, event, origin, targets)
  }

  private readonly listen = (event: string | symbol): void => {
    this.events.listen(event)
    if (ofLeases.has(event)) this.core.isWatched = true
  }

  private readonly unlisten = (event: string | symbol): void => {
    this.events.unlisten(event)
    this.core.isWatched = [...ofLeases].some((name) => this.listenerCount(name) > 0)
  }

  private listenToListeners(): void {
    const { listen, unlisten } = this
    super.off('newListener' as 'drain', listen as never).off('removeListener' as 'drain', unlisten as never)
    super.on('newListener' as 'drain', listen as never).on('removeListener' as 'drain', unlisten as never)
  }
}

function callBack(ended: Promise<void>, done: Done): undefined {
  ended.then(
    () => done(null),
    (error) => done(error),
  )
  return undefined
}
