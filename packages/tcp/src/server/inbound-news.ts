import { connectionTable, type EventName, type StateName } from '@millpond/core/kit'
import type { GuardEmitter } from './guard-emitter.js'
import type { InboundConnection } from './inbound-connection.js'

/** What a guard's listeners are told of its connections. The view of one (`info`) is made for those who listen only: it
 * would cost every idle connection its memory. */
export class InboundNews {
  readonly #emitter: GuardEmitter

  constructor(emitter: GuardEmitter) {
    this.#emitter = emitter
  }

  connecting(connection: InboundConnection): void {
    if (!this.#emitter.hears('connecting')) return
    this.#emitter.tell('connecting', { connection: connection.info, attempt: 1 })
  }

  connected(connection: InboundConnection): void {
    if (!this.#emitter.hears('connect')) return
    const { info, socket, startedAt, openedAt = startedAt } = connection
    this.#emitter.tell('connect', { connection: info, resource: socket, took: openedAt - startedAt })
  }

  connectFailed(connection: InboundConnection, now: number): void {
    if (!this.#emitter.hears('connectError')) return
    const { info, error, startedAt } = connection
    this.#emitter.tell('connectError', { connection: info, error, attempt: 1, took: now - startedAt })
  }

  /** A step of its statechart. Ask `hearsTransitions` first. */
  moved({ info, state }: InboundConnection, from: number, event: number): void {
    this.#emitter.tell('transition', {
      connection: info,
      from: connectionTable.states[from] as StateName,
      to: connectionTable.states[state] as StateName,
      event: connectionTable.events[event] as EventName,
    })
  }

  /** A request begins. Ask `hearsRequests` first. */
  requested({ info, uses }: InboundConnection): void {
    this.#emitter.tell('acquire', { connection: info, waited: 0, reused: uses > 1 })
  }

  retired(connection: InboundConnection): void {
    if (!this.#emitter.hears('retire')) return
    const { info, closeReason = 'retired', detail } = connection
    this.#emitter.tell('retire', {
      connection: info,
      reason: closeReason,
      ...(detail === undefined ? {} : { detail }),
    })
  }

  disconnected(connection: InboundConnection, now: number): void {
    if (!this.#emitter.hears('disconnect')) return
    const { info, closeReason = 'lost', startedAt, uses, detail, error } = connection
    this.#emitter.tell('disconnect', {
      connection: info,
      reason: closeReason,
      age: now - startedAt,
      uses,
      ...(detail === undefined ? {} : { detail }),
      ...(error === undefined ? {} : { error }),
    })
  }
}
