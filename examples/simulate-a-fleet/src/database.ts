import type { Clock } from '@millpond/core'
import { Session } from './session.js'

/** What a database can take. Durations are ms. */
export interface DatabaseOptions {
  readonly maxSessions: number
  /** A login takes so long, and so many may be in progress; more are refused. */
  readonly login: { readonly time: number; readonly atOnce: number }
}

const roundTrip = 1

/** A model of the database that the fleet shares, in virtual time. */
export class Database {
  /** When somebody tried to log in. */
  readonly attempts: number[] = []
  mostSessions = 0
  readonly #clock: Clock
  readonly #options: DatabaseOptions
  readonly #sessions = new Set<Session>()
  #isUp = true
  /** Lives so far: a login does not outlive the one in which it began. */
  #life = 1
  #loggingIn = 0

  constructor(clock: Clock, options: DatabaseOptions) {
    this.#clock = clock
    this.#options = options
  }

  /** Ends all sessions, and refuses new ones for so long. */
  restart(downFor: number): void {
    this.#isUp = false
    this.#life++
    this.#loggingIn = 0
    for (const session of this.#sessions) session.end()
    this.#clock.setTimeout(() => {
      this.#isUp = true
    }, downFor)
  }

  /** Opens a session. Rejects when the database is down, and when it has enough to do. */
  async login(): Promise<Session> {
    this.attempts.push(this.#clock.now())
    const { login, maxSessions } = this.#options
    await this.#sleep(roundTrip)
    if (!this.#isUp) throw new Error('connection refused')
    if (this.#loggingIn >= login.atOnce) throw new Error('too many logins at once')
    if (this.#sessions.size + this.#loggingIn >= maxSessions) throw new Error('too many sessions')
    const life = this.#life
    this.#loggingIn++
    await this.#sleep(login.time)
    if (life !== this.#life) throw new Error('connection reset')
    this.#loggingIn--
    const session = new Session(this.#clock, () => void this.#sessions.delete(session))
    this.#sessions.add(session)
    this.mostSessions = Math.max(this.mostSessions, this.#sessions.size)
    return session
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimeout(resolve, ms))
  }
}
