import type { CloseReason } from '../adapter/adapter.js'
import type { Connection } from '../connection/connection.js'
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
import { readIdleVerdict, severer, stricter } from '../policies/verdicts.js'

type Named<R> = PolicyHooks<R> & { readonly name: string }
type HookName = keyof PolicyHooks

/** Those of a pool's policies that have this hook. */
type With<R, H extends HookName> = readonly (Named<R> & Required<Pick<PolicyHooks<R>, H>>)[]

/** The policies of one pool, sorted by what they want to be asked; their answers merged. */
export class AttachedPolicies<R> {
  readonly #host: PolicyHost
  readonly #trouble: (error: unknown) => void
  readonly #all: readonly Named<R>[]
  readonly #onConnect: With<R, 'onConnect'>
  readonly #onAcquire: With<R, 'onAcquire'>
  readonly #onRelease: With<R, 'onRelease'>
  readonly #onIdle: With<R, 'onIdle'>
  readonly #admit: With<R, 'admit'>
  readonly #mayOpen: With<R, 'mayOpen'>

  /** `trouble` is told what a hook throws. */
  constructor(policies: readonly Policy<R>[], host: PolicyHost, trouble: (error: unknown) => void) {
    this.#host = host
    this.#trouble = trouble
    this.#all = policies.flatMap((policy) => {
      const hooks = policy.attach?.(host)
      return hooks === undefined ? [policy] : [policy, { name: policy.name, ...hooks }]
    })
    this.#onConnect = this.#having('onConnect')
    this.#onAcquire = this.#having('onAcquire')
    this.#onRelease = this.#having('onRelease')
    this.#onIdle = this.#having('onIdle')
    this.#admit = this.#having('admit')
    this.#mayOpen = this.#having('mayOpen')
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
    return this.#merge(this.#onConnect, (hooks, subject) => hooks.onConnect(subject), connection)
  }

  lending(connection: Connection<R>): Verdict {
    return this.#merge(this.#onAcquire, (hooks, subject) => hooks.onAcquire(subject), connection)
  }

  released(connection: Connection<R>): Verdict {
    return this.#merge(this.#onRelease, (hooks, subject) => hooks.onRelease(subject), connection)
  }

  /** The verdict, and the earliest moment at which one of them wants to look again. */
  idle(connection: Connection<R>): { readonly verdict: Verdict; readonly lookAgain: number } {
    let lookAgain = Number.POSITIVE_INFINITY
    const verdict = this.#merge(
      this.#onIdle,
      (hooks, subject) => {
        const read = readIdleVerdict(hooks.onIdle(subject) ?? 'keep')
        lookAgain = Math.min(lookAgain, read.lookAgain)
        return read.verdict
      },
      connection,
    )
    return { verdict, lookAgain }
  }

  admit(request: AdmitRequest): Admission {
    let admission: Admission = 'admit'
    for (const hooks of this.#admit) {
      admission = stricter(admission, this.#ask(() => hooks.admit(request)) ?? 'admit')
    }
    return admission
  }

  mayOpen(request: OpenRequest): Admission {
    let admission: Admission = 'admit'
    for (const hooks of this.#mayOpen) {
      admission = stricter(admission, this.#ask(() => hooks.mayOpen(request)) ?? 'admit')
    }
    return admission
  }

  connecting(connection: Connection<R>): void {
    const event = { connection: connection.info, now: this.#host.now() }
    for (const hooks of this.#all) this.#ask(() => hooks.onConnecting?.(event))
  }

  connectFailed(connection: Connection<R>, error: unknown): void {
    const event = { connection: connection.info, error, now: this.#host.now() }
    for (const hooks of this.#all) this.#ask(() => hooks.onConnectError?.(event))
  }

  disconnected(connection: Connection<R>, reason: CloseReason): void {
    const event = { connection: connection.info, reason, now: this.#host.now() }
    for (const hooks of this.#all) this.#ask(() => hooks.onDisconnect?.(event))
  }

  detach(): void {
    for (const hooks of this.#all) this.#ask(() => hooks.detach?.())
  }

  #having<H extends HookName>(hook: H): With<R, H> {
    return this.#all.filter((hooks) => hooks[hook] !== undefined) as never
  }

  #merge<H>(
    asked: readonly H[],
    ask: (hooks: H, subject: PolicySubject<R>) => Verdict | undefined,
    connection: Connection<R>,
  ): Verdict {
    let verdict: Verdict = 'keep'
    if (asked.length === 0) return verdict
    const subject = { connection: connection.info, resource: connection.resource as R, now: this.#host.now() }
    for (const hooks of asked) verdict = severer(verdict, this.#ask(() => ask(hooks, subject)) ?? 'keep')
    return verdict
  }

  /** A policy that throws changes nothing. */
  #ask<T>(hook: () => T): T | undefined {
    try {
      return hook()
    } catch (error) {
      this.#trouble(error)
      return undefined
    }
  }
}
