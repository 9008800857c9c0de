import { type ActionName, connectionTable } from '@millpond/core/kit'
import type { GuardEmitter } from './guard-emitter.js'
import type { InboundConnection } from './inbound-connection.js'
import type { InboundNews } from './inbound-news.js'
import { bindInboundSteps, EVENTS, type InboundAction, type InboundStep } from './inbound-steps.js'

const books: ReadonlySet<ActionName> = new Set(['adopt', 'park', 'unpark', 'sever', 'forget'])

/** Takes accepted connections from state to state, as the connection statechart says. */
export class InboundStatechart {
  /** Connections by state. */
  readonly counts: number[] = connectionTable.states.map(() => 0)
  readonly #steps: readonly (InboundStep | undefined)[]
  readonly #emitter: GuardEmitter
  readonly #news: InboundNews
  readonly #changeDelay: (connection: InboundConnection, isStarting: boolean) => void

  /** `changeDelay` is called when the delay of a state starts, and when it ends. */
  constructor(
    actions: Partial<Record<ActionName, InboundAction>>,
    emitter: GuardEmitter,
    news: InboundNews,
    changeDelay: (connection: InboundConnection, isStarting: boolean) => void,
  ) {
    this.#steps = bindInboundSteps(actions, books)
    this.#emitter = emitter
    this.#news = news
    this.#changeDelay = changeDelay
  }

  /** A connection is in its first state. */
  enter(connection: InboundConnection): void {
    ;(this.counts[connection.state] as number)++
  }

  send(connection: InboundConnection, event: number): void {
    const from = connection.state
    const step = this.#steps[from * EVENTS + event]
    if (step === undefined) {
      this.#refuse(from, event)
      return
    }
    ;(this.counts[from] as number)--
    ;(this.counts[step.to] as number)++
    connection.state = step.to
    if (step.isTimed) this.#changeDelay(connection, step.starts !== undefined)
    if (step.books !== undefined) step.books(connection)
    if (this.#emitter.hearsTransitions) this.#news.moved(connection, from, event)
    if (step.effects !== undefined) step.effects(connection)
  }

  /** An event that a state does not accept is a bug of ours: loud in development, an `error` event in production. */
  #refuse(state: number, event: number): void {
    const error = new Error(
      `The connection statechart does not accept "${connectionTable.events[event]}" in state "${connectionTable.states[state]}"`,
    )
    if (process.env.NODE_ENV !== 'production') throw error
    this.#emitter.trouble('statechart', error)
  }
}
