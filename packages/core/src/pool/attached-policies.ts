import type { CloseReason } from '../adapter/adapter.js'
import { isThenable } from '../adapter/is-thenable.js'
import type { Connection } from '../connection/connection.js'
import { State } from '../connection/connection-table.js'
import type {
  Admission,
  AdmitRequest,
  OpenRequest,
  Policy,
  PolicyHooks,
  PolicyHost,
  PolicySubject,
  Verdict,
} from '../policies/policy.js'
import { isAdmission, isIdleVerdict, isVerdict, readIdleVerdict, severer, stricter } from '../policies/verdicts.js'

type HookName = keyof PolicyHooks

/** One of the pool's policies, or what it returned when it was attached. */
interface Attached<R> {
  readonly name: string
  readonly hooks: PolicyHooks<R>
}

/** What the policies need of their pool. */
export interface PolicyPool {
  /** The pool as one policy sees it. */
  hostFor(): PolicyHost
  now(): number
  /** Is told what a hook throws, or answers that makes no sense. */
  trouble(error: unknown): void
}

/** When each policy with `onIdle` wants to look at an idle connection again, in ms of the pool's clock. */
export type IdleLooks = number[]

/** The policies of one pool, sorted by what they want to be asked; their answers merged. */
export class AttachedPolicies<R> {
  readonly #pool: PolicyPool
  readonly #all: readonly Attached<R>[]
  readonly #onConnect: readonly Attached<R>[]
  readonly #onAcquire: readonly Attached<R>[]
  readonly #onRelease: readonly Attached<R>[]
  readonly #onIdle: readonly Attached<R>[]
  readonly #admit: readonly Attached<R>[]
  readonly #mayOpen: readonly Attached<R>[]

  /** Throws what an `attach` throws. */
  constructor(policies: readonly Policy<R>[], pool: PolicyPool) {
    this.#pool = pool
    this.#all = policies.flatMap((policy) => {
      const { name } = policy
      const hooks = policy.attach?.(pool.hostFor())
      return hooks === undefined
        ? [{ name, hooks: policy }]
        : [
            { name, hooks: policy },
            { name, hooks },
          ]
    })
    const having = (hook: HookName) => this.#all.filter(({ hooks }) => hooks[hook] !== undefined)
    this.#onConnect = having('onConnect')
    this.#onAcquire = having('onAcquire')
    this.#onRelease = having('onRelease')
    this.#onIdle = having('onIdle')
    this.#admit = having('admit')
    this.#mayOpen = having('mayOpen')
  }

  get judgesLending(): boolean {
    return this.#onAcquire.length > 0
  }

  get judgesReleases(): boolean {
    return this.#onRelease.length > 0
  }

  get judgesIdle(): boolean {
    return this.#onIdle.length > 0
  }

  get judgesAcquires(): boolean {
    return this.#admit.length > 0
  }

  get judgesOpens(): boolean {
    return this.#mayOpen.length > 0
  }

  connected(connection: Connection<R>): Verdict {
    return this.#merge(this.#onConnect, (hooks, subject) => hooks.onConnect?.(subject), connection)
  }

  lending(connection: Connection<R>): Verdict {
    return this.#merge(this.#onAcquire, (hooks, subject) => hooks.onAcquire?.(subject), connection)
  }

  released(connection: Connection<R>): Verdict {
    return this.#merge(this.#onRelease, (hooks, subject) => hooks.onRelease?.(subject), connection)
  }

  /** Asks them all; says when each wants to look again. What one has asked for before (`looks`) and has not come yet
   * still holds. */
  idle(
    connection: Connection<R>,
    looks: IdleLooks | undefined,
  ): { readonly verdict: Verdict; readonly looks: IdleLooks } {
    const subject = this.#subject(connection)
    let verdict: Verdict = 'keep'
    const next = this.#onIdle.map((policy, i) => {
      const asked = looks?.[i] ?? 0
      const answer = this.#ask(policy, (hooks) => hooks.onIdle?.(subject), isIdleVerdict)
      const read = readIdleVerdict(answer ?? 'keep')
      verdict = severer(verdict, read.verdict)
      return asked > subject.now ? Math.min(asked, read.lookAgain) : read.lookAgain
    })
    return { verdict, looks: next }
  }

  admit(request: AdmitRequest): Admission {
    return this.#strictest(this.#admit, (hooks) => hooks.admit?.(request))
  }

  mayOpen(request: OpenRequest): Admission {
    return this.#strictest(this.#mayOpen, (hooks) => hooks.mayOpen?.(request))
  }

  connecting(connection: Connection<R>): void {
    const event = { connection: connection.info, now: this.#pool.now() }
    for (const policy of this.#all) {
      // One of them may have ended it: who has not heard of its beginning does not hear of its end.
      if (connection.state === State.closed) return
      connection.toldPolicies++
      this.#ask(
        policy,
        (hooks) => hooks.onConnecting?.(event),
        () => true,
      )
    }
  }

  connectFailed(connection: Connection<R>, error: unknown): void {
    const event = { connection: connection.info, error, now: this.#pool.now() }
    this.#tell((hooks) => hooks.onConnectError?.(event))
  }

  disconnected(connection: Connection<R>, reason: CloseReason): void {
    const event = { connection: connection.info, reason, now: this.#pool.now() }
    for (const policy of this.#all.slice(0, connection.toldPolicies)) {
      this.#ask(
        policy,
        (hooks) => hooks.onDisconnect?.(event),
        () => true,
      )
    }
  }

  detach(): void {
    this.#tell((hooks) => hooks.detach?.())
  }

  #subject(connection: Connection<R>): PolicySubject<R> {
    return { connection: connection.info, resource: connection.resource as R, now: this.#pool.now() }
  }

  #merge(
    asked: readonly Attached<R>[],
    ask: (hooks: PolicyHooks<R>, subject: PolicySubject<R>) => Verdict | undefined,
    connection: Connection<R>,
  ): Verdict {
    let verdict: Verdict = 'keep'
    if (asked.length === 0) return verdict
    const subject = this.#subject(connection)
    for (const policy of asked) {
      verdict = severer(verdict, this.#ask(policy, (hooks) => ask(hooks, subject), isVerdict) ?? 'keep')
    }
    return verdict
  }

  #strictest(asked: readonly Attached<R>[], ask: (hooks: PolicyHooks<R>) => Admission | undefined): Admission {
    let admission: Admission = 'admit'
    for (const policy of asked) admission = stricter(admission, this.#ask(policy, ask, isAdmission) ?? 'admit')
    return admission
  }

  #tell(tell: (hooks: PolicyHooks<R>) => void): void {
    for (const policy of this.#all) this.#ask(policy, tell, () => true)
  }

  /** A policy that throws changes nothing, nor does one whose answer makes no sense. */
  #ask<T>(policy: Attached<R>, ask: (hooks: PolicyHooks<R>) => T | undefined, isAnswer: (value: unknown) => boolean) {
    try {
      const answer = ask(policy.hooks)
      if (answer === undefined || (isAnswer(answer) && !isThenable(answer))) return answer
      if (isThenable(answer)) Promise.resolve(answer).then(undefined, (error: unknown) => this.#pool.trouble(error))
      const what = isThenable(answer) ? 'a promise: hooks are synchronous' : JSON.stringify(answer)
      throw new TypeError(`Policy "${policy.name}" answered ${what}`)
    } catch (error) {
      this.#pool.trouble(error)
      return undefined
    }
  }
}
