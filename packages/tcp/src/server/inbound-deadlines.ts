import { State, type TimerWheel } from '@millpond/core/kit'
import type { ResolvedGuardOptions } from './guard-options.js'
import type { InboundConnection } from './inbound-connection.js'

/** ms that a peer has to close its side once we have closed ours. */
export const LINGER = 500
/** ms of lateness of a timer that tell of a standstill. */
const STALL = 20

/** What becomes of a connection whose time is over. */
export interface DeadlineOutcomes {
  /** It is too old. */
  aged(connection: InboundConnection): void
  handshakeTimedOut(connection: InboundConnection): void
  closeTimedOut(connection: InboundConnection): void
}

/** The one timer of each connection: it fires at its handshake's or close's deadline, at its protocol's, or when it is too
 * old, whichever comes first. */
export class InboundDeadlines {
  readonly #options: ResolvedGuardOptions
  readonly #wheel: TimerWheel
  readonly #outcomes: DeadlineOutcomes

  constructor(options: ResolvedGuardOptions, wheel: TimerWheel, outcomes: DeadlineOutcomes) {
    this.#options = options
    this.#wheel = wheel
    this.#outcomes = outcomes
  }

  /** The delay of its state starts, or is over: a close's, since a handshake's is known from the start. */
  changeDelay(connection: InboundConnection, isStarting: boolean): void {
    connection.delayAt = isStarting ? this.#options.clock.now() + LINGER : Number.POSITIVE_INFINITY
    if (isStarting) this.arm(connection)
  }

  /** From when it was opened, its age counts. */
  limitAge(connection: InboundConnection, openedAt: number): void {
    const { lifetime, random } = this.#options
    if (lifetime.maxAge === Number.POSITIVE_INFINITY) return
    connection.retireAt = openedAt + lifetime.maxAge * (1 - lifetime.jitter * random())
  }

  /** Sees to it that the timer fires by the next deadline. */
  arm(connection: InboundConnection): void {
    this.#wheel.armBy(connection, next(connection))
  }

  /** The timer has fired. */
  due(connection: InboundConnection): void {
    const now = this.#options.clock.now()
    if (this.#isLate(connection, now)) {
      this.#wheel.arm(connection, now)
      return
    }
    if (now >= connection.delayAt) this.#delayPassed(connection)
    else if (now >= connection.retireAt && !connection.isLeaving) {
      connection.retireAt = Number.POSITIVE_INFINITY
      this.#outcomes.aged(connection)
    } else if (connection.isIdle || connection.isConnected) connection.protocol.review(connection, now)
    if (connection.state !== State.closed) this.arm(connection)
  }

  /** After a standstill of the event loop, what the peer has sent meanwhile is read before it is judged. */
  #isLate(connection: InboundConnection, now: number): boolean {
    connection.wasLate = !connection.wasLate && this.#wheel.lateness(connection, now) > STALL
    return connection.wasLate
  }

  #delayPassed(connection: InboundConnection): void {
    if (connection.state === State.connecting) this.#outcomes.handshakeTimedOut(connection)
    else if (connection.state === State['closing.graceful']) this.#outcomes.closeTimedOut(connection)
  }
}

function next(connection: InboundConnection): number {
  if (connection.delayAt !== Number.POSITIVE_INFINITY) return connection.delayAt
  const { isIdle, isConnected } = connection
  if (!isIdle && !isConnected) return Number.POSITIVE_INFINITY
  const at = connection.protocol.deadline(connection)
  return !connection.isLeaving && connection.retireAt < at ? connection.retireAt : at
}
