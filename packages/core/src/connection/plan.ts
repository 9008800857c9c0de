import type { Call } from '../adapter/call.js'
import type { Connection } from './connection.js'
import { type ActionName, connectionTable } from './connection-table.js'

/** What an action of the machine does. `call` is the adapter's call that was in progress when the step was taken. */
export type ConnectionAction<C, R> = (core: C, connection: Connection<R>, call: Call | undefined) => void

/** Those that are bound to a function; `drive` calls `park` and `unpark` by name. */
export type BoundAction = Exclude<ActionName, 'park' | 'unpark'>

/** One step of the statechart, ready to be taken. */
export interface Step<C, R> {
  readonly to: number
  /** `park` and `unpark` are the books of nearly all steps: known by name, their calls can be inlined. */
  readonly parking: 'park' | 'unpark' | undefined
  /** The pool's other books: done before anybody is told. */
  readonly books: ConnectionAction<C, R> | undefined
  /** What calls adapters, listeners or other parts of the pool. */
  readonly effects: ConnectionAction<C, R> | undefined
  /** The delay that begins: its index among the table's timers. */
  readonly starts: number | undefined
  /** A delay begins or is cut short. */
  readonly isTimed: boolean
  /** It has books or a delay: no step of the hot path does. */
  readonly isInvolved: boolean
}

/** The statechart with its actions bound. */
export interface Plan<C, R> {
  readonly initial: Step<C, R>
  readonly steps: readonly (Step<C, R> | undefined)[]
}

/** Binds each action name of the machine to one function. `books` names those that only keep the pool's own state;
 * one bound to undefined has nothing to do and costs nothing. */
export function bindActions<C, R>(
  actions: Record<BoundAction, ConnectionAction<C, R> | undefined>,
  books: ReadonlySet<BoundAction>,
): Plan<C, R> {
  const { transitions, initial } = connectionTable
  const bound = (names: BoundAction[]) => inOrder(names.flatMap((name) => actions[name] ?? []))
  const bind = (transition: typeof initial): Step<C, R> => {
    const names = transition.actions.map((action) => connectionTable.actions[action] as ActionName)
    const isParking = (name: ActionName): name is 'park' | 'unpark' => name === 'park' || name === 'unpark'
    const others = names.filter((name): name is BoundAction => !isParking(name))
    const ownBooks = bound(others.filter((name) => books.has(name)))
    const isTimed = transition.start.length > 0 || transition.cancel.length > 0
    return {
      to: transition.to,
      parking: names.find(isParking),
      books: ownBooks,
      effects: bound(others.filter((name) => !books.has(name))),
      starts: transition.start[0],
      isTimed,
      isInvolved: isTimed || ownBooks !== undefined,
    }
  }
  return {
    initial: bind(initial),
    steps: transitions.flatMap((row) => row.map((transition) => (transition === null ? undefined : bind(transition)))),
  }
}

/** Several actions as one: most steps of the hot path have a single one, which is then called without a detour. */
function inOrder<C, R>(actions: readonly ConnectionAction<C, R>[]): ConnectionAction<C, R> | undefined {
  if (actions.length <= 1) return actions[0]
  return (core, connection, call) => {
    for (const action of actions) action(core, connection, call)
  }
}
