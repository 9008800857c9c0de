/** Where a machine has something that integer tables cannot express. */
export interface NotCompilable {
  /** The machine's id. */
  readonly machine: string
  /** The dotted path of the state, or the machine's id for its root. */
  readonly state: string
  /** What cannot be compiled, for example `a guard on "lease"`. */
  readonly feature: string
}

/**
 * Thrown by `compileMachine` for a machine whose behaviour a table cannot reproduce exactly.
 *
 * It is thrown before anything is compiled: no table is ever made of half a machine.
 */
export class MachineNotCompilableError extends Error implements NotCompilable {
  override readonly name = 'MachineNotCompilableError'
  readonly machine: string
  readonly state: string
  readonly feature: string

  constructor({ machine, state, feature }: NotCompilable, options?: ErrorOptions) {
    super(
      `Machine "${machine}" cannot be compiled: state "${state}" has ${feature}. ` +
        'A compiled machine has only states, events, named actions and named or fixed delays; ' +
        'let whoever sends the events decide the rest.',
      options,
    )
    this.machine = machine
    this.state = state
    this.feature = feature
  }
}
