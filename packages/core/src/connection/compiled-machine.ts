/** A statechart as integer tables: states, events, actions and timers are numbers, the indexes of their names. */
export interface CompiledMachine<
  State extends string = string,
  Event extends string = string,
  Action extends string = string,
  Delay extends string = string,
> {
  readonly id: string
  /** The dotted paths of the leaf states that can be reached, such as `closing.pending`; the initial one first. */
  readonly states: readonly State[]
  /** Every event type; then those of the delays, by xstate's own name `xstate.after.<delay>.<state id>`. */
  readonly events: readonly Event[]
  /** The named actions, in the order in which the walk met them. */
  readonly actions: readonly Action[]
  /** One for each delay of each state: its name, or its number as a string, and the event to send when it is due. */
  readonly timers: readonly { readonly delay: Delay; readonly event: number }[]
  /** The entry into the machine. */
  readonly initial: Transition
  /** `next[state][event]` is the state that follows, or -1 when the state does not accept the event. */
  readonly next: readonly (readonly number[])[]
  /** `transitions[state][event]` is what happens then, or null when the state does not accept the event. */
  readonly transitions: readonly (readonly (Transition | null)[])[]
}

/** What one event does in one state. Timers are cancelled before others are started. */
export interface Transition {
  /** The state that follows. */
  readonly to: number
  /** The actions to run, in xstate's order: those of the exits, of the transition, of the entries. */
  readonly actions: readonly number[]
  /** The timers to start. */
  readonly start: readonly number[]
  /**
   * The timers of the state left that no longer run; one that is restarted is here and in `start`. On a delay's own
   * event its timer is among them: it has just fired, unless somebody else sent the event.
   */
  readonly cancel: readonly number[]
}
