import { type Channel, channel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'eventemitter3'
import { redact } from '../errors/redact.js'
import type { PoolEvents, TroubleSource } from './pool-events.js'

type MomentName = keyof PoolEvents
type Payload<R, M extends MomentName> = Omit<Parameters<PoolEvents<R>[M]>[0], 'pool' | 'key'>

/** Which pool it happens in. */
interface Source {
  readonly name: string
  /** In a keyed pool. */
  readonly key: string | undefined
}

/** One kind of thing that happens. Callers ask `wanted` first, so that nothing is built for nobody. */
class Moment<P extends object> {
  readonly name: MomentName
  /** The process's diagnostics channel of this name. */
  readonly channel: Channel
  /** A listener is there. */
  heard = false
  readonly #tell: (moment: Moment<P>, source: Source, payload: P) => void

  constructor(name: MomentName, tell: (moment: Moment<P>, source: Source, payload: P) => void) {
    this.name = name
    this.channel = channel(`millpond:${name}`)
    this.#tell = tell
  }

  get wanted(): boolean {
    return this.heard || this.channel.hasSubscribers
  }

  tell(source: Source, payload: P): void {
    this.#tell(this, source, payload)
  }
}

/** Tells listeners and diagnostics channels what happens in a pool. What a listener throws goes to `error`:
 * eventemitter3 would let it fall into the pool. */
export class Moments<R> {
  readonly #tell = <P extends object>(moment: Moment<P>, { name, key }: Source, payload: P): void => {
    const event = key === undefined ? { pool: name, ...payload } : { pool: name, key, ...payload }
    if (moment.heard) {
      try {
        ;(this.#emitter.emit as (name: MomentName, event: unknown) => boolean).call(this.#emitter, moment.name, event)
      } catch (error) {
        if (moment.name === 'error') this.#warn('listener', error)
        else this.trouble('listener', error)
      }
    }
    if (moment.channel.hasSubscribers) moment.channel.publish(event)
  }

  readonly connecting = this.#moment('connecting')
  readonly connect = this.#moment('connect')
  readonly connectError = this.#moment('connectError')
  readonly transition = this.#moment('transition')
  readonly retire = this.#moment('retire')
  readonly disconnect = this.#moment('disconnect')
  readonly acquiring = this.#moment('acquiring')
  readonly acquire = this.#moment('acquire')
  readonly acquireError = this.#moment('acquireError')
  readonly release = this.#moment('release')
  readonly pause = this.#moment('pause')
  readonly resume = this.#moment('resume')
  readonly flush = this.#moment('flush')
  readonly quiet = this.#moment('quiet')
  readonly close = this.#moment('close')
  readonly slow = this.#moment('slow')
  readonly leak = this.#moment('leak')
  readonly stall = this.#moment('stall')
  readonly misuse = this.#moment('misuse')
  readonly error = this.#moment('error')
  readonly #pool: string
  readonly #emitter: EventEmitter<PoolEvents<R>>
  readonly #warned = new Set<TroubleSource | 'leak' | 'nested'>()

  /** `always`: statistics or a mirror want to know of everything, listeners or not. */
  constructor(pool: string, emitter: EventEmitter<PoolEvents<R>>, always: boolean) {
    this.#always = always
    this.hot = always
    this.#pool = pool
    this.#emitter = emitter
  }

  #moment<M extends MomentName>(name: M): Moment<Payload<R, M>> {
    return new Moment(name, this.#tell)
  }

  /** Somebody wants to know of every acquire, release or transition: kept in one place for the hot path to look at. */
  hot: boolean
  readonly #always: boolean

  /** To be called whenever listeners came or went. */
  recount(): void {
    for (const moment of Object.values(this)) {
      if (moment instanceof Moment) moment.heard = this.#emitter.listenerCount(moment.name) > 0
    }
    const { acquiring, acquire, release, quiet, transition } = this
    this.hot = this.#always || acquiring.heard || acquire.heard || release.heard || quiet.heard || transition.heard
  }

  /** Says what went wrong where nobody could be told. Never throws. */
  trouble(source: TroubleSource, error: unknown): void {
    const { heard } = this.error
    if (this.error.wanted) this.error.tell({ name: this.#pool, key: undefined }, { error, source })
    if (!heard) this.#warn(source, error)
  }

  #warn(source: TroubleSource, error: unknown): void {
    const what = error instanceof Error ? error.message : String(error)
    this.warnOnce(source, `an error from ${source} had no listener: ${redact(what)}`, 'error')
  }

  /** A warning of the process, once per pool and kind. `event` is where all of them are told. */
  warnOnce(
    kind: TroubleSource | 'leak' | 'nested',
    message: string,
    event: MomentName = kind === 'leak' ? 'leak' : 'misuse',
  ): void {
    if (this.#warned.has(kind)) return
    this.#warned.add(kind)
    process.emitWarning(`Pool "${this.#pool}": ${message}`, {
      type: 'PoolWarning',
      code: `WARN_POOL_${kind.toUpperCase().replace(/-/g, '_')}`,
      detail: `Listen to the "${event}" event of the pool to see them all; this is said once.`,
    })
  }
}
