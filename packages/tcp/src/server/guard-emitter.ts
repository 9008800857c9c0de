import { ObservedEmitter, redact } from '@millpond/core/kit'
import type { GuardEvents, GuardTroubleSource } from './guard-events.js'

type EventName = keyof GuardEvents
type Payload<E extends EventName> = Omit<Parameters<GuardEvents[E]>[0], 'pool'>

/** Tells a guard's listeners what happens. Ask `hears` first, so that nothing is built for nobody. What a listener
 * throws goes to `error` and not into the guard. */
export abstract class GuardEmitter extends ObservedEmitter<GuardEvents> {
  abstract readonly name: string
  #heard: ReadonlySet<unknown> = new Set()
  readonly #warned = new Set<GuardTroubleSource>()
  /** Somebody listens to every step. */
  hearsTransitions = false
  /** Somebody listens to every request. */
  hearsRequests = false

  hears(event: EventName): boolean {
    return this.#heard.has(event)
  }

  tell<E extends EventName>(event: E, payload: Payload<E>): void {
    try {
      ;(this.emit as (event: E, payload: object) => boolean).call(this, event, { pool: this.name, ...payload })
    } catch (error) {
      if (event === 'error') this.#warn('listener', error)
      else this.trouble('listener', error)
    }
  }

  /** Says what went wrong where nobody could be told. Never throws. */
  trouble(source: GuardTroubleSource, error: unknown): void {
    if (this.hears('error')) this.tell('error', { error, source })
    else this.#warn(source, error)
  }

  protected override listenersChanged(): void {
    this.#heard = new Set(this.eventNames())
    this.hearsTransitions = this.#heard.has('transition')
    this.hearsRequests = this.#heard.has('acquire')
  }

  #warn(source: GuardTroubleSource, error: unknown): void {
    if (this.#warned.has(source)) return
    this.#warned.add(source)
    const what = redact(error instanceof Error ? error.message : String(error))
    process.emitWarning(`Guard "${this.name}": an error from ${source} had no listener: ${what}`, {
      type: 'GuardWarning',
      code: `WARN_GUARD_${source.toUpperCase()}`,
      detail: 'Listen to the "error" event of the guard to see them all; this is said once.',
    })
  }
}
