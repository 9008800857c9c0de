import type { CompiledMachine, Transition } from '../src/connection/compiled-machine.js'
import type { SteppedClock } from './stepped-clock.js'

/** Runs a compiled machine the way the pool does, and notes what it did. */
export class TableInterpreter {
  state: number
  readonly actions: string[] = []
  readonly #table: CompiledMachine
  readonly #clock: SteppedClock
  readonly #delays: Readonly<Record<string, number>>
  readonly #taken: (state: number, event: number, due: boolean) => void
  readonly #running = new Map<number, number>()

  constructor(
    table: CompiledMachine,
    clock: SteppedClock,
    delays: Readonly<Record<string, number>>,
    taken: (state: number, event: number, due: boolean) => void,
  ) {
    this.#table = table
    this.#clock = clock
    this.#delays = delays
    this.#taken = taken
    this.state = table.initial.to
    this.#perform(table.initial)
  }

  get stateName(): string {
    return this.#table.states[this.state] ?? ''
  }

  /** The events that the state accepts now. */
  accepted(): number[] {
    const row = this.#table.next[this.state] ?? []
    return row.flatMap((next, event) => (next < 0 ? [] : [event]))
  }

  /** Takes the event if the state accepts it; `due` says that the clock sent it. */
  send(event: number, due = false): void {
    const transition = this.#table.transitions[this.state]?.[event]
    if (!transition) return
    this.#taken(this.state, event, due)
    this.#perform(transition)
  }

  #perform({ to, actions, start, cancel }: Transition): void {
    this.state = to
    for (const action of actions) this.actions.push(this.#table.actions[action] ?? '')
    for (const timer of cancel) this.#clock.clearTimeout(this.#running.get(timer) ?? 0)
    for (const timer of start) {
      const { delay, event } = this.#table.timers[timer] ?? { delay: '', event: -1 }
      const ms = this.#delays[delay] ?? Number(delay)
      const id = this.#clock.setTimeout(() => this.send(event, true), ms)
      this.#running.set(timer, id)
    }
  }
}
