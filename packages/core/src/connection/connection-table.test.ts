import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { connectionTableSource } from '../../build/connection-table-source.js'
import { mermaidOf } from '../../build/mermaid-of.js'
import { withStatechart } from '../../build/statechart-block.js'
import { demandEquality, SideBySide } from '../../test/side-by-side.js'
import { compileMachine } from './compile-machine.js'
import type { Transition } from './compiled-machine.js'
import { connectionMachine } from './connection-machine.js'
import { Action, connectionTable, Event, State } from './connection-table.js'

const textOf = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

// xstate warns of every event sent to an actor that has ended; here some are meant to be.
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

it('is what the connection machine compiles to', () => {
  expect(connectionTable).toEqual(compileMachine(connectionMachine))
})

it('is, to the letter, what the generator writes', () => {
  expect(textOf('./connection-table.ts')).toBe(connectionTableSource(compileMachine(connectionMachine)))
})

it('numbers states, events and actions by their place in the table', () => {
  expect(Object.keys(State)).toEqual(connectionTable.states)
  expect(Object.values(State)).toEqual(connectionTable.states.map((_, number) => number))
  expect(Object.keys(Event)).toEqual(connectionTable.events)
  expect(Object.values(Event)).toEqual(connectionTable.events.map((_, number) => number))
  expect(Object.keys(Action)).toEqual(connectionTable.actions)
  expect(Object.values(Action)).toEqual(connectionTable.actions.map((_, number) => number))
})

it('does, event for event, what a real xstate actor of the machine does', { timeout: 60_000 }, () => {
  const both = new SideBySide(connectionMachine, connectionTable)

  demandEquality(both, 20_000)

  const seldom: string[] = []
  for (const [state, row] of connectionTable.next.entries()) {
    if ((both.visits[state] ?? 0) < 50) seldom.push(`${connectionTable.states[state]}`)
    for (const [event, next] of row.entries()) {
      if (next >= 0 && (both.taken[state]?.[event] ?? 0) < 50) {
        seldom.push(`${connectionTable.states[state]} × ${connectionTable.events[event]}`)
      }
    }
  }
  for (const { event } of connectionTable.timers) {
    const fired = both.due.reduce((sum, row) => sum + (row[event] ?? 0), 0)
    if (fired < 50) seldom.push(`${connectionTable.events[event]} by the clock`)
  }
  expect(seldom, 'seen fewer than 50 times').toEqual([])
})

type Change = (transition: Transition) => Transition

it.each<[string, Change]>([
  ['with an action too few', (transition) => ({ ...transition, actions: transition.actions.slice(1) })],
  ['with its actions in another order', (transition) => ({ ...transition, actions: transition.actions.toReversed() })],
  ['with another state', (transition) => ({ ...transition, to: State['closing.empty'] })],
  ['that does not start its timer', (transition) => ({ ...transition, start: [] })],
  ['that does not cancel a timer', (transition) => ({ ...transition, cancel: [] })],
])('would not pass for a table of a transition %s', (_, change) => {
  const wrong = connectionTable.transitions.map((row, state) =>
    row.map((transition, event) => {
      const changed = state === State['idle.checking'] && event === Event.retire
      return changed && transition ? change(transition) : transition
    }),
  )
  const both = new SideBySide(connectionMachine, { ...connectionTable, transitions: wrong })
  expect(() => demandEquality(both, 20_000)).toThrow(/differ: actor .*; table /)
})

it.each(['README.md', 'packages/core/ARCHITECTURE.md'])('has its diagram in %s', (document) => {
  const text = textOf(`../../../../${document}`)
  expect(text).toBe(withStatechart(text, mermaidOf(connectionMachine)))
})
