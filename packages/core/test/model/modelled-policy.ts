import type {
  Admission,
  ConnectionInfo,
  IdleVerdict,
  Policy,
  PolicyHost,
  PolicySubject,
  Verdict,
} from '../../src/index.js'
import type { ModelResource } from './model-resource.js'
import type { ModelWorld } from './model-world.js'
import type { AdmissionTurn, PolicyPlan, VerdictTurn } from './program.js'
import { Turns } from './turns.js'

/** A policy of a program: answers what its lists say, keeps the promises that a policy makes, and knows what the
 * invariants want to know of it. */
export class ModelledPolicy {
  readonly policy: Policy<ModelResource>
  host: PolicyHost | undefined
  /** When it calls `wake()` for the last of those it let wait, or refused. */
  wakesAt = Number.NEGATIVE_INFINITY
  /** When it wants to look again at an idle connection, by the connection's id. */
  readonly looks = new Map<number, { readonly at: number; readonly uses: number }>()
  /** Those it was told of, but not of their ends. */
  readonly alive = new Map<number, ConnectionInfo>()
  /** How often it was told that the pool has closed. */
  detached = 0
  readonly #plan: PolicyPlan
  readonly #world: ModelWorld
  readonly #turns = new Turns()
  /** Whoever acts while policies are asked may have the connection moved on, and what is said of it then is void. */
  readonly #isHeeded: boolean

  constructor(plan: PolicyPlan, nth: number, world: ModelWorld) {
    this.#plan = plan
    this.#world = world
    this.#isHeeded = !world.program.policies.some(({ onConnect, onAcquire, onRelease, onIdle }) =>
      [onConnect, onAcquire, onRelease, onIdle].some((turns) => turns.includes('acts')),
    )
    this.policy = this.#made(`policy ${nth}`)
  }

  get name(): string {
    return this.policy.name
  }

  /** Asks its pool to close this connection if it is idle. */
  evict(connectionId: number): void {
    const connection = this.alive.get(connectionId)
    if (connection !== undefined) this.host?.evict(connection)
  }

  #made(name: string): Policy<ModelResource> {
    const plan = this.#plan
    const policy: Policy<ModelResource> = { name, attach: (host) => this.#attached(host) }
    for (const hook of ['onConnect', 'onAcquire', 'onRelease'] as const) {
      if (plan[hook].length > 0) policy[hook] = (subject) => this.#judge(hook, this.#next(hook, plan[hook]), subject)
    }
    if (plan.onIdle.length > 0) policy.onIdle = (subject) => this.#judgeIdle(subject)
    for (const hook of ['admit', 'mayOpen'] as const) {
      if (plan[hook].length > 0) policy[hook] = () => this.#admit(hook, this.#next(hook, plan[hook]))
    }
    return policy
  }

  #attached(host: PolicyHost): Omit<Policy<ModelResource>, 'name'> {
    this.host = host
    return {
      onConnecting: ({ connection }) => {
        this.alive.set(connection.id, connection)
        this.#hear('onConnecting')
      },
      onConnectError: () => this.#hear('onConnectError'),
      onDisconnect: ({ connection }) => {
        this.alive.delete(connection.id)
        this.looks.delete(connection.id)
        this.#hear('onDisconnect')
      },
      detach: () => {
        this.detached++
      },
    }
  }

  #next<T>(hook: string, turns: readonly T[]): T {
    return this.#turns.next(hook, turns)
  }

  #judge(hook: string, turn: VerdictTurn, { resource, connection }: PolicySubject<ModelResource>): Verdict {
    this.#do(hook, turn)
    if (turn === 'check') return 'check'
    if (turn !== 'retire' && turn !== 'retireFor') return 'keep'
    this.#world.trouble()
    if (this.#isHeeded) resource.condemn(connection.uses)
    return turn === 'retire' ? 'retire' : { verdict: 'retire', reason: 'surplus', detail: 'not wanted' }
  }

  #judgeIdle(subject: PolicySubject<ModelResource>): IdleVerdict {
    const { id, uses } = subject.connection
    this.looks.delete(id)
    const turn = this.#next('onIdle', this.#plan.onIdle)
    if (turn !== 'lookAgain') return this.#judge('onIdle', turn, subject)
    this.#world.saw('onIdle:lookAgain')
    const lookAgain = subject.now + this.#plan.ms
    this.looks.set(id, { at: lookAgain, uses })
    return { lookAgain }
  }

  #admit(hook: 'admit' | 'mayOpen', turn: AdmissionTurn): Admission {
    this.#do(hook, turn)
    if (turn === 'throw' || turn === 'acts' || turn === 'admit') return 'admit'
    this.#promiseToWake()
    return turn === 'rejectWith' ? { verdict: 'reject', error: new Error('not now') } : turn
  }

  #hear(what: string): void {
    if (this.#plan.told.length > 0) this.#do('told', this.#next('told', this.#plan.told), what)
  }

  #do(hook: string, turn: string, where = hook): void {
    this.#world.saw(`${hook}:${turn}`)
    if (turn === 'acts') this.#world.act(this.#next('asides', this.#plan.asides), `in ${where} of ${this.name}`)
    if (turn === 'throw') throw new Error(`${where} throws`)
  }

  /** Whoever lets somebody wait must say when it may be asked again: ahead, or at that moment. */
  #promiseToWake(): void {
    const { host } = this
    if (host === undefined) return
    const now = host.now()
    const isPromised = this.wakesAt > now
    // Ahead, it has to be said every time: an earlier moment that it asked for before stands in its place.
    if (this.#plan.wakesAhead) host.wake(now + this.#plan.ms)
    else if (!isPromised) this.#world.clock.setTimeout(() => host.wake(), this.#plan.ms)
    if (this.#plan.wakesAhead || !isPromised) this.wakesAt = now + this.#plan.ms
  }
}
