import { expect, it } from 'vitest'
import { connectionMachine } from './connection-machine.js'
import { connectionTable, type StateName } from './connection-table.js'

interface Arrow {
  readonly from: StateName
  readonly event: string
  readonly to: StateName
}

const { states, events, next } = connectionTable

const arrows: Arrow[] = next.flatMap((row, state) =>
  row.flatMap((following, event) => {
    const [from, name, to] = [states[state], events[event], states[following]]
    return from && name && to ? [{ from, event: name, to }] : []
  }),
)

const standard = (state: StateName) => state.split('.')[0]

/** The states that can be reached from `start` without passing through any that `avoid` names. */
function reachable(start: StateName, avoid: (state: StateName) => boolean = () => false): Set<StateName> {
  const reached = new Set([start])
  for (const state of reached) {
    for (const { from, to } of arrows) if (from === state && !avoid(to)) reached.add(to)
  }
  return reached
}

it('has the five states of the standard at its top', () => {
  expect(Object.keys(connectionMachine.states)).toEqual(['connecting', 'connected', 'idle', 'closing', 'closed'])
})

it('has, inside them, the states of the design, and all can be reached', () => {
  expect([...reachable('connecting')].sort()).toEqual([
    'closed',
    'closing.empty',
    'closing.graceful',
    'closing.pending',
    'connected.leased',
    'connected.leaving',
    'connected.resetting',
    'connecting',
    'idle.checking',
    'idle.ready',
  ])
  expect([...states].sort()).toEqual([...reachable('connecting')].sort())
})

it('goes from one state of the standard to another exactly where the standard does', () => {
  const between = arrows
    .filter(({ from, to }) => standard(from) !== standard(to))
    .map(({ from, to }) => `${standard(from)} → ${standard(to)}`)

  expect([...new Set(between)].sort()).toEqual([
    'closing → closed',
    'connected → closing',
    'connected → idle',
    'connecting → closing',
    'connecting → connected',
    'idle → closing',
    'idle → connected',
  ])
})

it('is closed only after closing, whatever its history', () => {
  expect(reachable('connecting', (state) => standard(state) === 'closing')).not.toContain('closed')
})

it.each(states)('can be closed from %s', (state) => {
  expect(reachable(state)).toContain('closed')
})

it('accepts nothing once it is closed', () => {
  expect(arrows.filter(({ from }) => from === 'closed')).toEqual([])
})

it('accepts no event that brings it back from closing', () => {
  const back = arrows.filter(({ from, to }) => standard(from) === 'closing' && !/^clos/.test(to))
  expect(back).toEqual([])
})

it('goes from connecting through connected to idle when it is opened with nobody waiting', () => {
  expect(arrows).toContainEqual({ from: 'connecting', event: 'opened', to: 'connected.leased' })
  expect(arrows).toContainEqual({ from: 'connected.leased', event: 'rest', to: 'idle.ready' })
})

it.each<Arrow>([
  { from: 'connecting', event: 'after connectTimeout', to: 'closing.pending' },
  { from: 'connected.resetting', event: 'after resetTimeout', to: 'closing.empty' },
  { from: 'idle.checking', event: 'after checkTimeout', to: 'closing.empty' },
  { from: 'closing.pending', event: 'after closeTimeout', to: 'closed' },
  { from: 'closing.graceful', event: 'after closeTimeout', to: 'closed' },
])('leaves $from $event for $to', ({ from, event, to }) => {
  const type = `xstate.${event.replace(' ', '.')}.connection.${from}`
  expect(arrows.filter((arrow) => arrow.event === type)).toEqual([{ from, event: type, to }])
})

it('has no other delays than those', () => {
  expect(connectionTable.timers.map(({ delay }) => delay).sort()).toEqual([
    'checkTimeout',
    'closeTimeout',
    'closeTimeout',
    'connectTimeout',
    'resetTimeout',
  ])
})

it('gives a close its whole time when the open arrives late', () => {
  const pending = states.indexOf('closing.pending')
  const opened = connectionTable.transitions[pending]?.[events.indexOf('opened')]
  const delays = (timers: readonly number[] = []) => timers.map((timer) => connectionTable.timers[timer])

  expect(states[opened?.to ?? -1]).toBe('closing.graceful')
  expect(delays(opened?.cancel)).toMatchObject([{ delay: 'closeTimeout' }])
  expect(delays(opened?.start)).toMatchObject([{ delay: 'closeTimeout' }])
  expect(opened?.start).not.toEqual(opened?.cancel)
})

it('abandons an open that is still pending, and destroys what still closes, at the close deadline', () => {
  const actionsAt = (state: StateName) => {
    const row = connectionTable.transitions[states.indexOf(state)]
    const due = row?.[events.indexOf(`xstate.after.closeTimeout.connection.${state}` as (typeof events)[number])]
    return due?.actions.map((action) => connectionTable.actions[action])
  }

  expect(actionsAt('closing.pending')).toContain('abandon')
  expect(actionsAt('closing.pending')).not.toContain('destroyResource')
  expect(actionsAt('closing.graceful')).toContain('destroyResource')
})

it('aborts the call in progress first, whatever ends an open, a check, a reset or a close', () => {
  for (const state of ['connecting', 'connected.resetting', 'idle.checking', 'closing.graceful'] as const) {
    for (const transition of connectionTable.transitions[states.indexOf(state)] ?? []) {
      if (transition) expect(connectionTable.actions[transition.actions[0] ?? -1]).toBe('abortCall')
    }
  }
})

it('says to everyone that a connection ends exactly once on every way to closed', () => {
  for (const [state, row] of connectionTable.transitions.entries()) {
    for (const transition of row) {
      const entersClosing =
        transition && standard(states[state] ?? 'closed') !== 'closing' && /^closing/.test(states[transition.to] ?? '')
      const told = transition?.actions.filter((action) => connectionTable.actions[action] === 'tellBorrowers') ?? []
      expect(told).toHaveLength(entersClosing ? 1 : 0)
    }
  }
})
