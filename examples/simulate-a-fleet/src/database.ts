import type { Clock } from '@millpond/core'
import { Session } from './session.js'

/** What a database can take. Durations are ms. */
export interface DatabaseOptions {
  readonly maxSessions: number
  /** A login takes so long, and so many may be in progress; more are refused. */
  readonly login: { readonly time: number; readonly atOnce: number }
  /** Queries that run side by side at full speed; more share it. */
  readonly cores: number
  /** By how much each query beyond that slows down all: locks, caches, context switches. */
  readonly contention: number
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
  #running = 0

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
    const session = new Session(
      (ms, done) => this.#run(ms, done),
      () => void this.#sessions.delete(session),
    )
    this.#sessions.add(session)
    this.mostSessions = Math.max(this.mostSessions, this.#sessions.size)
    return session
  }

  /** Runs a query of so many ms of work; returns how to give it up. */
  #run(work: number, done: () => void): () => void {
    this.#running++
    const timer = this.#clock.setTimeout(() => {
      this.#running--
      done()
    }, work * this.#slowness())
    return () => {
      this.#running--
      this.#clock.clearTimeout(timer)
    }
  }

  /** How many times as long as alone a query takes that begins now. (Gunther's universal scalability law, roughly) */
  #slowness(): number {
    const { cores, contention } = this.#options
    const beyond = Math.max(0, this.#running - cores)
    return Math.max(1, this.#running / cores) * (1 + contention * beyond)
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.setTimeout(resolve, ms))
  }
}
