import type { CompiledMachine, Transition } from '../src/connection/compiled-machine.js'

const command = 'node_modules/.bin/tsx packages/core/build/generate-connection-table.ts'

/** The text of `connection-table.ts`: the compiled connection machine as a literal to read, and its names. */
export function connectionTableSource(machine: CompiledMachine): string {
  const delays = [...new Set(machine.timers.map(({ delay }) => delay))]
  return `// Generated from connection-machine.ts by \`${command}\`. Do not edit.
import type { CompiledMachine } from './compiled-machine.js'

/** The number of each state. */
export const State = ${numbersOf(machine.states)} as const

/** The number of each event; a delay sends \`xstate.after.<delay>.<state id>\` when it is due. */
export const Event = ${numbersOf(machine.events)} as const

/** The number of each action. */
export const Action = ${numbersOf(machine.actions)} as const

export type StateName = keyof typeof State
export type EventName = keyof typeof Event
export type ActionName = keyof typeof Action
export type DelayName = ${delays.map(quote).join(' | ') || 'never'}

/** The statechart of a connection in its executable form. */
export const connectionTable: CompiledMachine<StateName, EventName, ActionName, DelayName> = {
  id: ${quote(machine.id)},
  states: ${listOf(machine.states.map(quote))},
  events: ${listOf(machine.events.map(quote))},
  actions: ${listOf(machine.actions.map(quote))},
  timers: ${listOf(machine.timers.map(({ delay, event }) => `{ delay: ${quote(delay)}, event: ${event} }`))},
  initial: ${transitionOf(machine.initial)},
  next: [
${machine.next.map((row, state) => `    [${row.join(', ')}], // ${machine.states[state]}`).join('\n')}
  ],
  transitions: [
${machine.transitions.map((row, state) => rowOf(machine, row, state)).join('\n')}
  ],
}
`
}

function quote(name: string): string {
  return `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function numbersOf(names: readonly string[]): string {
  const key = (name: string) => (/^[a-z_$][\w$]*$/i.test(name) ? name : quote(name))
  return `{\n${names.map((name, number) => `  ${key(name)}: ${number},`).join('\n')}\n}`
}

function listOf(items: readonly string[]): string {
  return `[\n${items.map((item) => `    ${item},`).join('\n')}\n  ]`
}

function transitionOf({ to, actions, start, cancel }: Transition): string {
  return `{ to: ${to}, actions: [${actions.join(', ')}], start: [${start.join(', ')}], cancel: [${cancel.join(', ')}] }`
}

/** One line for each event that the state accepts; runs of events that it does not accept share a line. */
function rowOf(machine: CompiledMachine, row: readonly (Transition | null)[], state: number): string {
  const lines: string[] = []
  let refused: string[] = []
  const flush = () => {
    if (refused.length > 0) lines.push(`      ${refused.join(' ')}`)
    refused = []
  }
  for (const [event, transition] of row.entries()) {
    if (transition === null) {
      refused.push('null,')
      continue
    }
    flush()
    const what = transition.actions.map((action) => machine.actions[action]).join(', ')
    const comment = `${machine.events[event]} → ${machine.states[transition.to]}${what && `: ${what}`}`
    lines.push(`      // ${comment}`, `      ${transitionOf(transition)},`)
  }
  flush()
  return `    // ${machine.states[state]}\n    [\n${lines.join('\n')}\n    ],`
}
