import { type Channel, channel } from 'node:diagnostics_channel'
import type { EventEmitter } from 'eventemitter3'
import { redact } from '../errors/redact.js'
import type { PoolEvents, TroubleSource } from './pool-events.js'

type MomentName = keyof PoolEvents
type Payload<R, M extends MomentName> = Omit<Parameters<PoolEvents<R>[M]>[0], 'pool' | 'key'>

type Emitter<R> = EventEmitter<PoolEvents<R>>

const none: ReadonlySet<MomentName> = new Set()

/** Which pool it happens in. */
export interface Source {
  readonly name: string
  /** In a keyed pool. */
  readonly key: string | undefined
  /** Somebody who hears what happens in this pool alone. */
  readonly view: unknown
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
  readonly #tell = <P extends object>(moment: Moment<P>, source: Source, payload: P): void => {
    const { name, key } = source
    const event = key === undefined ? { pool: name, ...payload } : { pool: name, key, ...payload }
    if (moment.heard) {
      this.#emit(this.#emitter, moment.name, event, source)
      if (source.view !== undefined) this.#emit(source.view as Emitter<R>, moment.name, event, source)
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
  readonly #emitter: Emitter<R>
  /** What somebody hears of each view, and of how many views each event is heard. */
  readonly #heardByViews = new Map<Emitter<R>, ReadonlySet<MomentName>>()
  readonly #views = new Map<MomentName, number>()
  readonly #warned = new Set<TroubleSource | 'leak' | 'nested'>()

  /** `always`: statistics or a mirror want to know of everything, listeners or not. */
  constructor(pool: string, emitter: Emitter<R>, always: boolean) {
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
      if (moment instanceof Moment) moment.heard = this.#isHeard(moment.name)
    }
    const { acquiring, acquire, release, quiet, transition } = this
    this.hot = this.#always || acquiring.heard || acquire.heard || release.heard || quiet.heard || transition.heard
  }

  /** To be called whenever the listeners of one pool's view came or went. */
  recountView(view: Emitter<R>): void {
    this.#hearView(view, new Set(view.eventNames()))
  }

  /** Its pool is gone: nothing will be heard of it any more, whoever listens. */
  dropView(view: Emitter<R>): void {
    this.#hearView(view, none)
  }

  #hearView(view: Emitter<R>, after: ReadonlySet<MomentName>): void {
    const before = this.#heardByViews.get(view) ?? none
    if (after.size > 0) this.#heardByViews.set(view, after)
    else this.#heardByViews.delete(view)
    for (const name of before) if (!after.has(name)) this.#count(name, -1)
    for (const name of after) if (!before.has(name)) this.#count(name, 1)
    this.recount()
  }

  #count(name: MomentName, change: number): void {
    this.#views.set(name, (this.#views.get(name) ?? 0) + change)
  }

  #isHeard(name: MomentName): boolean {
    return this.#emitter.listenerCount(name) > 0 || (this.#views.get(name) ?? 0) > 0
  }

  #emit(emitter: Emitter<R>, name: MomentName, event: unknown, source: Source): void {
    try {
      ;(emitter.emit as (name: MomentName, event: unknown) => boolean).call(emitter, name, event)
    } catch (error) {
      if (name === 'error') this.#warn('listener', error)
      else this.trouble(source, 'listener', error)
    }
  }

  /** Somebody listens to what happens in this pool. */
  hears(source: Source, name: MomentName): boolean {
    const view = source.view as Emitter<R> | undefined
    return this.#emitter.listenerCount(name) > 0 || (view !== undefined && view.listenerCount(name) > 0)
  }

  /** Says what went wrong where nobody could be told. Never throws. */
  trouble(source: Source, from: TroubleSource, error: unknown): void {
    const isHeard = this.hears(source, 'error')
    if (this.error.wanted) this.error.tell(source, { error, source: from })
    if (!isHeard) this.#warn(from, error)
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
