import type { PolicyHooks, PolicyHost } from '@millpond/core'
import { hookNames } from '@millpond/core/kit'
import type { SimulatedResource } from '../simulation/simulated-resource.js'
import type { PolicyClause } from './policy-clause.js'
import type { AnyPolicy } from './policy-suite-options.js'
import { type HookName, isAboutAdmission, whatIsWrong } from './sound-answer.js'

/** Questions, or wakes, at one moment that no policy has a reason for. */
const RESTLESS = 1_000
/** Looks in a row at which nothing has happened: a check that is in progress, which nothing tells of, is over by then. */
const STILL = 8
/** Lines of a timeline that are kept. */
const LINES = 40

type Hooks = PolicyHooks<SimulatedResource>
type Hook = (event?: unknown) => unknown

/** Stands between a policy and one pool: what it is asked, what it answers, and what it does to its host. */
export class WatchedPolicy {
  readonly timeline: string[] = []
  /** It has ever let somebody wait, or kept a pool from opening or keeping connections. */
  hasHeldUp = false
  readonly #policy: AnyPolicy
  readonly #found: (clause: PolicyClause, message: string) => void
  /** Every 'wait' is asked for twice. */
  readonly #asksAgain: boolean
  readonly #most: number
  #host: PolicyHost | undefined
  #isDetached = false
  /** What the pool has told the policy, questions of admission aside; and those. */
  #happened = 0
  #asked = 0
  #lastAnswer: unknown
  #answeredAt = Number.NaN
  /** For when it has asked to be asked again. */
  #wakesAt: number[] = []
  #connections = 0
  #moment = Number.NaN
  #atOnce = 0
  #isRestless = false
  #seen = { happened: -1, asked: -1, looks: 0 }

  constructor(
    policy: AnyPolicy,
    given: {
      readonly found: (clause: PolicyClause, message: string) => void
      readonly asksAgain: boolean
      readonly most: number
    },
  ) {
    this.#policy = policy
    this.#found = given.found
    this.#asksAgain = given.asksAgain
    this.#most = given.most
  }

  /** The policy as the pool gets it. */
  asPolicy(): AnyPolicy {
    const policy = this.#policy as AnyPolicy & { attach?: (host: PolicyHost) => Hooks | undefined }
    const own = this.#watched(policy as Hooks)
    return {
      ...own,
      name: policy.name,
      attach: (host: PolicyHost) => {
        this.#host = host
        const hooks =
          policy.attach === undefined
            ? undefined
            : this.#safely('attach', () => policy.attach?.(this.#watchedHost(host)))
        const watched = hooks === undefined ? {} : this.#watched(hooks as Hooks)
        return {
          ...watched,
          onConnecting: (event) => {
            this.#opening(1)
            watched.onConnecting?.(event)
          },
          onDisconnect: (event) => {
            this.#opening(-1)
            watched.onDisconnect?.(event)
          },
          detach: () => this.#detached(hooks as Hooks | undefined),
        } satisfies Hooks
      },
    } as AnyPolicy
  }

  /** To be called now and then, while nothing is going on. */
  look(): void {
    const before = this.#seen
    const isStill = before.happened === this.#happened && before.asked === this.#asked
    const looks = isStill ? before.looks + 1 : 0
    this.#seen = { happened: this.#happened, asked: this.#asked, looks }
    if (this.#host === undefined || this.#isDetached || looks < STILL || this.#lastAnswer !== 'wait') return
    const { state, waiting, leases, connecting, connected, closing } = this.#host.stats()
    if (state !== 'running' || waiting === 0 || leases + connecting + connected + closing > 0) return
    // Whoever came since may wait for something else.
    if ((this.#host.waitingSince() ?? Number.POSITIVE_INFINITY) > this.#answeredAt) return
    const now = this.#host.now()
    this.#wakesAt = this.#wakesAt.filter((at) => at > now)
    if (this.#wakesAt.length > 0) return
    this.#found(
      'wakes',
      `at ${now} ms it lets ${waiting} wait, nothing is in progress, and it has asked for no wake-up`,
    )
  }

  #watched(hooks: Hooks): Hooks {
    const watched: Partial<Record<HookName, Hook>> = {}
    for (const name of hookNames) {
      // `detach` is told once, whichever of its two parts has it.
      if (typeof hooks[name] === 'function' && (name !== 'detach' || hooks === this.#policy)) {
        watched[name] = (event) => this.#call(hooks, name, event)
      }
    }
    return watched as Hooks
  }

  #call(hooks: Hooks, name: HookName, event: unknown): unknown {
    const now = (event as { now?: number } | undefined)?.now ?? this.#host?.now() ?? 0
    this.#count(now, `asked ${name}`)
    if (isAboutAdmission(name)) this.#asked++
    else this.#happened++
    const ask = () => this.#safely(name, () => (hooks[name] as Hook).call(hooks, event))
    const answer = ask()
    this.#log(now, name, event, answer)
    const wrong = whatIsWrong(name, answer)
    if (wrong !== undefined) {
      this.#found('answers', `${name} answered ${wrong}`)
      return undefined
    }
    if (answer !== undefined && answer !== 'admit' && answer !== 'keep') this.hasHeldUp = true
    if (isAboutAdmission(name)) this.#judged(name, now, answer, ask)
    return answer
  }

  #judged(name: string, now: number, answer: unknown, ask: () => unknown): void {
    this.#lastAnswer = answer
    this.#answeredAt = now
    if (answer !== 'wait' || !this.#asksAgain) return
    const happened = this.#happened
    const again = ask()
    if (again === 'wait' || happened !== this.#happened) return
    this.#found('steady', `${name} answered 'wait', and ${JSON.stringify(again)} when asked the same again at once`)
  }

  #opening(change: number): void {
    this.#happened++
    this.#connections += change
    if (this.#connections > this.#most) {
      this.#found('most', `${this.#connections} connections, of at most ${this.#most}`)
    }
  }

  #watchedHost(host: PolicyHost): PolicyHost {
    const isLeft = (what: string) => {
      if (this.#isDetached) this.#found('detached', `it calls ${what} of a pool that has closed`)
      return this.#isDetached
    }
    return {
      pool: host.pool,
      stats: () => host.stats(),
      now: () => host.now(),
      random: () => host.random(),
      waitingSince: () => host.waitingSince(),
      wake: (at) => {
        if (isLeft('wake()')) return
        const now = host.now()
        this.#log(now, 'wake', at === undefined ? 'now' : at, undefined)
        if (at === undefined) this.#happened++
        else this.#wakesAt.push(at)
        // Passed on without end, it would never come back.
        this.#count(now, 'woke its pool')
        if (!this.#isRestless) host.wake(at)
      },
      evict: (connection) => !isLeft('evict()') && host.evict(connection),
    }
  }

  #detached(hooks: Hooks | undefined): void {
    if (hooks?.detach !== undefined) this.#safely('detach', () => hooks.detach?.())
    this.#isDetached = true
  }

  #safely<T>(name: string, call: () => T): T | undefined {
    try {
      return call()
    } catch (error) {
      this.#found('throws', `${name} threw ${error}`)
      return undefined
    }
  }

  #count(now: number, what: string): void {
    if (now !== this.#moment) {
      this.#moment = now
      this.#atOnce = 0
    }
    if (this.#isRestless || ++this.#atOnce < RESTLESS) return
    this.#isRestless = true
    this.#found('restless', `at ${now} ms it ${what} and so on, ${RESTLESS} times`)
  }

  #log(now: number, what: string, about: unknown, answer: unknown): void {
    if (this.timeline.length === LINES) this.timeline.shift()
    const said = answer === undefined ? '' : ` → ${typeof answer === 'string' ? answer : JSON.stringify(answer)}`
    this.timeline.push(`${String(Math.round(now)).padStart(6)} ms  ${what}${described(about)}${said}`)
  }
}

function described(about: unknown): string {
  if (about === undefined) return ''
  if (typeof about !== 'object' || about === null) return ` ${about}`
  const { connection, ...rest } = about as { connection?: { id: number } }
  if (connection !== undefined) return ` connection ${connection.id}`
  const { now: _, ...details } = rest as Record<string, unknown>
  return Object.keys(details).length === 0 ? '' : ` ${JSON.stringify(details)}`
}
