import type { AnyStateMachine } from 'xstate'
import { MachineNotCompilableError } from '../errors/machine-not-compilable-error.js'

export type StateNode = AnyStateMachine['root']

/** The dotted path of a state in its machine; the machine's id for the root. */
function stateName(node: StateNode): string {
  return node.path.join('.') || node.machine.id
}

/**
 * Throws `MachineNotCompilableError` when this state, without its children, has anything that depends on more than
 * the state and the event, or that a table cannot do: guards, context, actors, parallel and history states, built-in
 * and inline actions.
 */
export function assertCompilable(node: StateNode): void {
  for (const feature of uncompilableFeatures(node)) {
    throw new MachineNotCompilableError({ machine: node.machine.id, state: stateName(node), feature })
  }
}

function* uncompilableFeatures(node: StateNode): Generator<string> {
  const { config, machine } = node
  if (!node.parent && machine.config.context !== undefined) yield 'context'
  if (node.type === 'parallel' || node.type === 'history') yield `the type "${node.type}"`
  if (node.key.includes('.') && node.parent) yield 'a dot in its name'
  if (config.output !== undefined) yield 'an output'
  for (const { src } of node.invoke) yield `an invoke of "${src}"`

  // `config` and not `node`: xstate appends the timers of `after` to the node's own entry and exit.
  yield* uncompilableActions(config.entry, 'entry', machine)
  yield* uncompilableActions(config.exit, 'exit', machine)
  if (node.type === 'compound') yield* uncompilableActions(node.initial.actions, 'initial', machine)

  for (const event of Object.keys(config.on ?? {})) {
    if (event === '*' || event.endsWith('.*')) yield `the wildcard event "${event}"`
    if (event.startsWith('xstate.')) yield `a transition on the reserved event "${event}"`
  }
  for (const { delay } of node.after) {
    if (typeof delay !== 'number' && !(String(delay) in machine.implementations.delays)) {
      yield `the delay "${String(delay)}", which is neither a number nor the name of a delay of the machine`
    }
  }
  for (const transition of [...node.transitions.values(), node.always ?? []].flat()) {
    const event = transition.eventType || 'always'
    if (transition.guard !== undefined) yield `a guard on "${event}"`
    yield* uncompilableActions(transition.actions, event, machine)
  }
}

function* uncompilableActions(actions: unknown, where: string, machine: AnyStateMachine): Generator<string> {
  for (const action of Array.isArray(actions) ? actions : [actions ?? []].flat()) {
    const name = actionName(action)
    if (name === undefined) {
      yield `an inline action on "${where}"`
    } else if (name.startsWith('xstate.')) {
      yield `the built-in action "${name}" on "${where}"`
    } else {
      const builtIn = builtInName(machine.implementations.actions[name])
      if (builtIn) yield `the action "${name}" on "${where}", which is the built-in "${builtIn}"`
      if (typeof action === 'object' && action.params !== undefined)
        yield `params for the action "${name}" on "${where}"`
    }
  }
}

function actionName(action: unknown): string | undefined {
  if (typeof action === 'string') return action
  if (typeof action === 'function') return builtInName(action)
  return isTyped(action) ? action.type : undefined
}

/** xstate makes its built-in actions functions which carry their type. */
function builtInName(action: unknown): string | undefined {
  return typeof action === 'function' && isTyped(action) ? action.type : undefined
}

function isTyped(value: unknown): value is { type: string } {
  return (
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string'
  )
}
