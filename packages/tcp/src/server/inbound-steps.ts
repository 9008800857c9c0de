import { type ActionName, connectionTable } from '@millpond/core/kit'
import type { InboundConnection } from './inbound-connection.js'

/** What an action of the statechart does to an accepted connection. */
export type InboundAction = (connection: InboundConnection) => void

/** One step of the statechart, ready to be taken. */
export interface InboundStep {
  readonly to: number
  /** The guard's own books: done before anybody is told, so that whoever is called finds its state final. */
  readonly books: InboundAction | undefined
  readonly effects: InboundAction | undefined
  /** The delay that begins; its index among the table's timers. */
  readonly starts: number | undefined
  readonly isTimed: boolean
}

export const EVENTS = connectionTable.events.length

/** Binds the actions of the statechart by name. Those without a function (a server waits for no lease, checks and
 * resets nothing) have nothing to do here. `books` names those that only keep the guard's own state. */
export function bindInboundSteps(
  actions: Partial<Record<ActionName, InboundAction>>,
  books: ReadonlySet<ActionName>,
): (InboundStep | undefined)[] {
  return connectionTable.transitions.flatMap((row) =>
    row.map((transition) => {
      if (transition === null) return undefined
      const names = transition.actions.map((action) => connectionTable.actions[action] as ActionName)
      const bound = (isBook: boolean) =>
        inOrder(names.filter((name) => books.has(name) === isBook).flatMap((name) => actions[name] ?? []))
      return {
        to: transition.to,
        books: bound(true),
        effects: bound(false),
        starts: transition.start[0],
        isTimed: transition.start.length > 0 || transition.cancel.length > 0,
      }
    }),
  )
}

/** Several actions as one: the steps of every request have a single one, which is then called without a detour. */
function inOrder(actions: readonly InboundAction[]): InboundAction | undefined {
  if (actions.length <= 1) return actions[0]
  return (connection) => {
    for (const action of actions) action(connection)
  }
}
