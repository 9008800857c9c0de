import { type AnyMachineSnapshot, type AnyStateMachine, initialTransition, type StateValue, transition } from 'xstate'
import { MachineNotCompilableError } from '../errors/machine-not-compilable-error.js'
import { assertCompilable, type StateNode } from './assert-compilable.js'
import type { CompiledMachine, Transition } from './compiled-machine.js'

interface Timer {
  readonly owner: string
  readonly delay: string
  readonly type: string
}

interface Effect {
  readonly type: string
  readonly params: unknown
}

const maxMicrosteps = 1_000
const unknownEvent = { type: 'millpond.unknown' }

/**
 * Compiles a machine without context and guards to integer tables that do, event for event, what an xstate actor of
 * the machine does: the same states, the same named actions in the same order, the same timers.
 *
 * It walks the machine breadth-first with xstate's own pure functions, so the meaning of parent transitions, re-entry,
 * `always` and `onDone` is xstate's. Throws `MachineNotCompilableError` when the machine has what a table cannot do.
 */
export function compileMachine(machine: AnyStateMachine): CompiledMachine {
  const nodes = [...withDescendants(machine.root)]
  for (const node of nodes) assertCompilable(node)
  const timers = nodes.flatMap(timersOf)
  const events = [...new Set([...nodes.flatMap((node) => Object.keys(node.config.on ?? {})), ...timers.map(typeOf)])]
  const timerNumbers = new Map(timers.map(({ type }, number) => [type, number]))
  const actions = new Map<string, number>()
  const states = new Map<string, number>()
  const snapshots: AnyMachineSnapshot[] = []
  const model = walkable(machine, timers)

  const toTransition = (from: string | undefined, snapshot: AnyMachineSnapshot, effects: readonly Effect[]) => {
    const name = leafOf(snapshot.value) || machine.id
    const to = numberIn(states, name)
    snapshots[to] ??= snapshot
    const wasRunning = (timer: number) => from !== undefined && isWithin(from, timers[timer]?.owner)
    const named: number[] = []
    const start = new Set<number>()
    const cancel = new Set<number>()
    for (const { type, params } of effects) {
      const timer = timerNumbers.get(timerId(params))
      if (timer === undefined) {
        named.push(numberIn(actions, type))
      } else if (type === 'xstate.raise') {
        start.add(timer)
      } else {
        // A state passed through on the way (by `always` or `onDone`) starts and stops its timers within one step.
        start.delete(timer)
        if (wasRunning(timer)) cancel.add(timer)
      }
    }
    return { to, actions: named, start: [...start], cancel: [...cancel] }
  }

  const initial = toTransition(undefined, ...enter(model))
  const transitions: (Transition | null)[][] = []
  for (let state = 0; state < snapshots.length; state++) {
    const snapshot = snapshots[state] as AnyMachineSnapshot
    const name = leafOf(snapshot.value) || machine.id
    assertAtRest(model, snapshot, name)
    transitions.push(
      events.map((type) =>
        accepts(model, snapshot, type) ? toTransition(name, ...step(model, snapshot, { type }, name)) : null,
      ),
    )
  }

  return {
    id: machine.id,
    states: [...states.keys()],
    events,
    actions: [...actions.keys()],
    timers: timers.map(({ delay, type }) => ({ delay, event: events.indexOf(type) })),
    initial,
    next: transitions.map((row) => row.map((taken) => taken?.to ?? -1)),
    transitions,
  }
}

function* withDescendants(node: StateNode): Generator<StateNode> {
  yield node
  for (const child of Object.values(node.states)) yield* withDescendants(child)
}

function timersOf(node: StateNode): Timer[] {
  const delays = new Map(node.after.map(({ eventType, delay }) => [String(eventType), String(delay)]))
  return [...delays].map(([type, delay]) => ({ owner: node.path.join('.'), delay, type }))
}

function typeOf({ type }: Timer): string {
  return type
}

/** A copy to walk: its delays are numbers, lest functions of the caller be called, and endless chains of steps end. */
function walkable(machine: AnyStateMachine, timers: readonly Timer[]): AnyStateMachine {
  const model = machine.provide({ delays: Object.fromEntries(timers.map(({ delay }) => [delay, 1])) })
  model.options = { ...model.options, maxIterations: maxMicrosteps }
  return model
}

function enter(model: AnyStateMachine): [AnyMachineSnapshot, Effect[]] {
  const [snapshot, effects] = initialTransition(model)
  if (snapshot.status === 'error') throw endless(model, model.id, snapshot.error)
  return [snapshot, effects]
}

function step(
  model: AnyStateMachine,
  from: AnyMachineSnapshot,
  event: { type: string },
  name: string,
): [AnyMachineSnapshot, Effect[]] {
  try {
    return transition(model, from, event)
  } catch (error) {
    throw endless(model, name, error)
  }
}

function endless({ id }: AnyStateMachine, state: string, cause: unknown): MachineNotCompilableError {
  const feature = 'a transition into an endless chain of always or onDone transitions'
  return new MachineNotCompilableError({ machine: id, state, feature }, { cause })
}

/** `transition()` alone cannot tell an event that is not accepted from one that has no effect. */
function accepts(model: AnyStateMachine, snapshot: AnyMachineSnapshot, type: string): boolean {
  return snapshot.status === 'active' && model.getTransitionData(snapshot, { type }).length > 0
}

/** xstate takes an `always` that leads nowhere new at every event, even at one which the state does not accept. */
function assertAtRest(model: AnyStateMachine, snapshot: AnyMachineSnapshot, state: string): void {
  if (snapshot.status !== 'active') return
  const [, effects] = step(model, snapshot, unknownEvent, state)
  if (effects.length === 0) return
  const feature = 'an always transition that is taken again at every event'
  throw new MachineNotCompilableError({ machine: model.id, state, feature })
}

function leafOf(value: StateValue): string {
  if (typeof value === 'string') return value
  return Object.entries(value)
    .map(([key, child]) => (child === undefined ? key : `${key}.${leafOf(child)}`))
    .join()
}

function isWithin(state: string, owner: string | undefined): boolean {
  return owner === '' || owner === state || state.startsWith(`${owner}.`)
}

function timerId(params: unknown): string {
  const { id, sendId } = (params ?? {}) as { id?: string; sendId?: string }
  return id ?? sendId ?? ''
}

function numberIn(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name)
  if (known !== undefined) return known
  numbers.set(name, numbers.size)
  return numbers.size - 1
}
