import fc from 'fast-check'
import { type AnyStateMachine, createActor, type StateValue } from 'xstate'
import type { CompiledMachine } from '../src/connection/compiled-machine.js'
import { SteppedClock } from './stepped-clock.js'
import { TableInterpreter } from './table-interpreter.js'

/** What happens next. `onward` picks among the accepted events that leave most open, so that runs get everywhere. */
export type Step =
  | { readonly kind: 'onward'; readonly pick: number }
  | { readonly kind: 'accepted'; readonly pick: number }
  | { readonly kind: 'any'; readonly pick: number }
  | { readonly kind: 'due' }
  | { readonly kind: 'wait'; readonly ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('onward' as const), pick: fc.nat(1_000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('accepted' as const), pick: fc.nat(1_000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('any' as const), pick: fc.nat(1_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('due' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(12_000) }) },
)

/** Unbiased: fast-check would else prefer short runs and the first events. */
export function demandEquality(both: SideBySide, numRuns: number): void {
  const steps = fc.noBias(fc.array(step, { minLength: 5, maxLength: 30, size: 'max' }))
  fc.assert(
    fc.property(steps, (run) => both.run(run)),
    { numRuns, includeErrorInReport: true },
  )
}

/** Drives a compiled machine and a real xstate actor of the same machine with the same steps. */
export class SideBySide {
  /** How often the table was in each state. */
  readonly visits: number[]
  /** How often each event was taken in each state. */
  readonly taken: number[][]
  /** The same, when the clock sent the event. */
  readonly due: number[][]
  readonly #table: CompiledMachine
  readonly #recorded: AnyStateMachine
  readonly #reach: readonly number[]
  readonly #delays: Readonly<Record<string, number>>
  #actorActions: string[] = []

  constructor(machine: AnyStateMachine, table: CompiledMachine) {
    const matrix = () => table.states.map(() => table.events.map(() => 0))
    this.visits = table.states.map(() => 0)
    this.taken = matrix()
    this.due = matrix()
    this.#table = table
    this.#reach = reachOf(table)
    this.#delays = machine.implementations.delays as Record<string, number>
    this.#recorded = machine.provide({
      actions: Object.fromEntries(table.actions.map((name) => [name, () => this.#actorActions.push(name)])),
    })
  }

  /** Throws when, after any step, the two differ in state, in the actions so far or in the timers that run. */
  run(steps: readonly Step[]): void {
    this.#actorActions = []
    const actorClock = new SteppedClock()
    const tableClock = new SteppedClock()
    const actor = createActor(this.#recorded, { clock: actorClock })
    const table = new TableInterpreter(this.#table, tableClock, this.#delays, (state, event, due) => {
      count(this.taken, state, event)
      if (due) count(this.due, state, event)
    })
    const send = (event: number) => {
      actor.send({ type: this.#table.events[event] ?? '' })
      table.send(event)
    }
    const advance = (ms: number) => {
      actorClock.advance(ms)
      tableClock.advance(ms)
    }
    const compare = (after: string) => {
      this.visits[table.state] = (this.visits[table.state] ?? 0) + 1
      demandEqual('state', stateOf(actor.getSnapshot().value) || this.#table.id, table.stateName, after)
      demandEqual('actions', this.#actorActions.join(), table.actions.join(), after)
      demandEqual('timers', actorClock.due().join(), tableClock.due().join(), after)
    }

    actor.start()
    compare('the start')
    for (const [index, step] of steps.entries()) {
      if (step.kind === 'accepted' || step.kind === 'onward') {
        const events = step.kind === 'onward' ? this.#onward(table.state) : table.accepted()
        if (events.length > 0) send(events[step.pick % events.length] ?? -1)
      } else if (step.kind === 'any') send(step.pick % this.#table.events.length)
      else if (step.kind === 'wait') advance(step.ms)
      else advance(tableClock.untilNext())
      compare(`step ${index}, ${JSON.stringify(step)}`)
    }
    actor.stop()
  }

  #onward(state: number): number[] {
    const reach = (this.#table.next[state] ?? []).map((next) => (next < 0 ? -1 : (this.#reach[next] ?? 0)))
    const most = Math.max(...reach)
    return most < 0 ? [] : reach.flatMap((count, event) => (count === most ? [event] : []))
  }
}

/** How many states can be reached from each state. */
function reachOf({ next }: CompiledMachine): number[] {
  return next.map((_, start) => {
    const reached = new Set([start])
    for (const state of reached) for (const to of next[state] ?? []) if (to >= 0) reached.add(to)
    return reached.size
  })
}

function stateOf(value: StateValue): string {
  if (typeof value === 'string') return value
  const [entry] = Object.entries(value)
  return entry?.[1] ? `${entry[0]}.${stateOf(entry[1])}` : ''
}

function count(matrix: number[][], state: number, event: number): void {
  const row = matrix[state] ?? []
  row[event] = (row[event] ?? 0) + 1
}

function demandEqual(what: string, actor: string, table: string, after: string): void {
  if (actor !== table) throw new Error(`after ${after} the ${what} differ: actor ${actor}; table ${table}`)
}
