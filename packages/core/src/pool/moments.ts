import { type Channel, channel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'eventemitter3'
import { redact } from '../errors/redact.js'
import type { PoolEvents, TroubleSource } from './pool-events.js'

export type Moment = keyof PoolEvents
type Payload<M extends Moment> = Omit<Parameters<PoolEvents[M]>[0], 'pool'>

const moments = [
  'connecting',
  'connect',
  'connectError',
  'transition',
  'retire',
  'disconnect',
  'acquiring',
  'acquire',
  'acquireError',
  'release',
  'pause',
  'resume',
  'flush',
  'quiet',
  'close',
  'slow',
  'misuse',
  'error',
] as const satisfies readonly Moment[]

/** One channel an event for the whole process, as diagnostics channels are. */
const channels = Object.fromEntries(moments.map((name) => [name, channel(`millpond:${name}`)])) as Record<
  Moment,
  Channel
>

/**
 * Tells listeners and diagnostics channels what happens. Callers ask `wants(moment)` first, so that nothing is built
 * for nobody. What a listener throws goes to `error`: eventemitter3 would let it fall into the pool.
 */
export class Moments<R> {
  readonly #pool: string
  readonly #emitter: EventEmitter<PoolEvents<R>>
  readonly #heard = Object.fromEntries(moments.map((name) => [name, false])) as Record<Moment, boolean>
  readonly #warned = new Set<TroubleSource>()

  constructor(pool: string, emitter: EventEmitter<PoolEvents<R>>) {
    this.#pool = pool
    this.#emitter = emitter
  }

  /** To be called whenever listeners came or went. */
  recount(): void {
    for (const name of moments) this.#heard[name] = this.#emitter.listenerCount(name) > 0
  }

  wants(moment: Moment): boolean {
    return this.#heard[moment] || channels[moment].hasSubscribers
  }

  tell<M extends Moment>(moment: M, payload: Payload<M>): void {
    const event = { pool: this.#pool, ...payload }
    if (this.#heard[moment]) {
      try {
        ;(this.#emitter.emit as (name: Moment, event: unknown) => boolean).call(this.#emitter, moment, event)
      } catch (error) {
        if (moment === 'error') this.#warn('listener', error)
        else this.trouble('listener', error)
      }
    }
    if (channels[moment].hasSubscribers) channels[moment].publish(event)
  }

  /** Says what went wrong where nobody could be told. Never throws. */
  trouble(source: TroubleSource, error: unknown): void {
    if (this.wants('error')) this.tell('error', { error, source })
    if (!this.#heard.error) this.#warn(source, error)
  }

  #warn(source: TroubleSource, error: unknown): void {
    if (this.#warned.has(source)) return
    this.#warned.add(source)
    const what = error instanceof Error ? error.message : String(error)
    process.emitWarning(`Pool "${this.#pool}": an error from ${source} had no listener: ${redact(what)}`, {
      type: 'PoolWarning',
      code: `WARN_POOL_${source.toUpperCase().replace(/-/g, '_')}`,
      detail: 'Listen to the "error" event of the pool to see them all; this is said once per source.',
    })
  }
}
