import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type AnyStateMachine,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  fromPromise,
  log,
  raise,
  sendTo,
  setup,
  spawnChild,
  stopChild,
} from 'xstate'
import { demandEquality, SideBySide } from '../../test/side-by-side.js'
import { MachineNotCompilableError } from '../errors/machine-not-compilable-error.js'
import { compileMachine } from './compile-machine.js'
import type { CompiledMachine, Transition } from './compiled-machine.js'

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** What one event does in one state, with names for the numbers. */
function effect(machine: CompiledMachine, state: string, event: string) {
  const taken = machine.transitions[machine.states.indexOf(state)]?.[machine.events.indexOf(event)]
  return taken ? named(machine, taken) : taken
}

function named(machine: CompiledMachine, { to, actions, start, cancel }: Transition) {
  const timer = (number: number) => machine.events[machine.timers[number]?.event ?? -1]
  return {
    to: machine.states[to],
    actions: actions.map((action) => machine.actions[action]),
    start: start.map(timer),
    cancel: cancel.map(timer),
  }
}

const door = createMachine({
  id: 'door',
  initial: 'shut',
  entry: 'hang',
  states: {
    shut: {
      entry: 'click',
      exit: 'creak',
      on: { open: { target: 'open', actions: 'push' }, knock: { actions: 'listen' } },
    },
    open: { on: { shut: 'shut' }, after: { 1500: { target: 'shut', actions: 'pull' } } },
  },
})

const lamp = setup({
  actions: { light: () => {}, dark: () => {}, glow: () => {} },
  delays: { patience: 300 },
}).createMachine({
  id: 'lamp',
  initial: 'off',
  states: {
    off: { on: { press: 'on' } },
    on: {
      initial: 'dim',
      entry: 'light',
      exit: 'dark',
      on: {
        press: 'off',
        again: { target: 'on', reenter: true },
        inside: '.bright',
        restart: { target: '.dim', reenter: true },
        touch: { actions: 'glow' },
      },
      after: { patience: 'off' },
      states: {
        dim: { on: { more: 'bright' }, after: { 100: 'bright' } },
        bright: {
          on: { less: 'dim', self: 'bright', anew: { target: 'bright', reenter: true }, press: undefined },
          after: { 70: { actions: 'glow' }, 200: { target: 'dim' } },
        },
      },
    },
  },
})

const errand = createMachine({
  id: 'errand',
  initial: 'home',
  on: { quit: '.over', rewind: '.home' },
  after: { 5000: '.over' },
  exit: 'leave',
  states: {
    home: { on: { go: 'trip' } },
    trip: {
      initial: 'walking',
      entry: 'pack',
      exit: 'unpack',
      after: { 900: 'home' },
      onDone: { target: 'back', actions: 'cheer' },
      states: {
        walking: { on: { arrive: 'there', lose: 'lost' }, after: { 400: 'lost' } },
        lost: { always: { target: 'walking', actions: 'ask' }, entry: 'worry', after: { 10: 'there' } },
        there: { type: 'final', entry: 'shop', exit: 'pay', after: { 5: 'walking' } },
      },
    },
    back: { always: 'home', exit: 'sit', on: { never: 'over' } },
    over: { type: 'final', entry: 'sleep', exit: 'wake' },
  },
})

describe('a compiled machine', () => {
  it('has the leaf states as dotted paths, breadth-first from the initial one', () => {
    expect(compileMachine(lamp).states).toEqual(['off', 'on.dim', 'on.bright'])
    expect(compileMachine(door).states).toEqual(['shut', 'open'])
  })

  it('has only the states in which the machine can rest', () => {
    expect(compileMachine(errand).states).toEqual(['home', 'over', 'trip.walking'])
  })

  it('has the events in order of appearance, those of the delays last', () => {
    expect(compileMachine(lamp).events).toEqual([
      ...['press', 'again', 'inside', 'restart', 'touch', 'more', 'less', 'self', 'anew'],
      'xstate.after.patience.lamp.on',
      'xstate.after.100.lamp.on.dim',
      'xstate.after.70.lamp.on.bright',
      'xstate.after.200.lamp.on.bright',
    ])
  })

  it('has the delays by their names, and by their numbers when they have none', () => {
    const { timers, events } = compileMachine(lamp)
    expect(timers.map(({ delay }) => delay)).toEqual(['patience', '100', '70', '200'])
    expect(timers.map(({ event }) => events[event])).toEqual(events.slice(-4))
  })

  it('begins with the entry actions from the outside in, and with their timers', () => {
    const machine = compileMachine(errand)
    expect(named(machine, machine.initial)).toEqual({
      to: 'home',
      actions: [],
      start: ['xstate.after.5000.errand'],
      cancel: [],
    })
    expect(named(compileMachine(door), compileMachine(door).initial).actions).toEqual(['hang', 'click'])
  })

  it("runs exit, transition and entry actions in xstate's order", () => {
    expect(effect(compileMachine(door), 'shut', 'open')).toEqual({
      to: 'open',
      actions: ['creak', 'push'],
      start: ['xstate.after.1500.door.open'],
      cancel: [],
    })
  })

  it('accepts an event that has no effect but its action', () => {
    expect(effect(compileMachine(door), 'shut', 'knock')).toEqual({
      to: 'shut',
      actions: ['listen'],
      start: [],
      cancel: [],
    })
  })

  it('tells an event that is not accepted from one that is accepted and does nothing', () => {
    const machine = compileMachine(lamp)
    expect(effect(machine, 'off', 'more')).toBeNull()
    expect(machine.next[0]?.[machine.events.indexOf('more')]).toBe(-1)
    expect(effect(machine, 'on.bright', 'press')).toEqual({ to: 'on.bright', actions: [], start: [], cancel: [] })
    expect(effect(machine, 'on.dim', 'press')).toMatchObject({ to: 'off' })
  })

  it('restarts the timers of a state that is entered again, and only then', () => {
    const machine = compileMachine(lamp)
    expect(effect(machine, 'on.bright', 'anew')).toMatchObject({
      start: ['xstate.after.70.lamp.on.bright', 'xstate.after.200.lamp.on.bright'],
      cancel: ['xstate.after.70.lamp.on.bright', 'xstate.after.200.lamp.on.bright'],
    })
    expect(effect(machine, 'on.bright', 'self')).toEqual({ to: 'on.bright', actions: [], start: [], cancel: [] })
    expect(effect(machine, 'on.dim', 'touch')).toMatchObject({ start: [], cancel: [] })
  })

  it('keeps the timer of a parent running while its children change', () => {
    expect(effect(compileMachine(lamp), 'on.dim', 'more')).toMatchObject({
      start: ['xstate.after.70.lamp.on.bright', 'xstate.after.200.lamp.on.bright'],
      cancel: ['xstate.after.100.lamp.on.dim'],
    })
  })

  it('restarts the timer of a parent that is entered again', () => {
    expect(effect(compileMachine(lamp), 'on.dim', 'again')).toEqual({
      to: 'on.dim',
      actions: ['dark', 'light'],
      start: ['xstate.after.patience.lamp.on', 'xstate.after.100.lamp.on.dim'],
      cancel: ['xstate.after.100.lamp.on.dim', 'xstate.after.patience.lamp.on'],
    })
  })

  it('passes through transient states in one step, without starting their timers', () => {
    const machine = compileMachine(errand)
    expect(effect(machine, 'trip.walking', 'lose')).toEqual({
      to: 'trip.walking',
      actions: ['worry', 'ask'],
      start: ['xstate.after.400.errand.trip.walking'],
      cancel: ['xstate.after.400.errand.trip.walking'],
    })
    expect(effect(machine, 'trip.walking', 'arrive')).toEqual({
      to: 'home',
      actions: ['shop', 'pay', 'unpack', 'cheer', 'sit'],
      start: [],
      cancel: ['xstate.after.400.errand.trip.walking', 'xstate.after.900.errand.trip'],
    })
  })

  it('accepts nothing in its final state, not even what the root accepts', () => {
    const machine = compileMachine(errand)
    expect(effect(machine, 'home', 'quit')).toEqual({
      to: 'over',
      actions: ['sleep', 'wake', 'leave'],
      start: [],
      cancel: ['xstate.after.5000.errand'],
    })
    expect(new Set(machine.next[machine.states.indexOf('over')])).toEqual(new Set([-1]))
  })

  it('calls the only state of a machine without states by the id of the machine', () => {
    const machine = compileMachine(createMachine({ id: 'bell', on: { ring: { actions: 'sound' } } }))
    expect(machine.states).toEqual(['bell'])
    expect(effect(machine, 'bell', 'ring')).toEqual({ to: 'bell', actions: ['sound'], start: [], cancel: [] })
  })

  it('leaves the choice of a named delay to whoever runs the table, even when it is a function', () => {
    const delay = vi.fn(() => 10)
    const machine = setup({ delays: { later: delay } }).createMachine({
      initial: 'a',
      states: { a: { after: { later: 'b' } }, b: {} },
    })
    expect(compileMachine(machine).timers).toEqual([{ delay: 'later', event: 0 }])
    expect(delay).not.toHaveBeenCalled()
  })

  it('is the same each time, and leaves the machine as it was', () => {
    const before = JSON.stringify(errand)
    expect(compileMachine(errand)).toEqual(compileMachine(errand))
    expect(JSON.stringify(errand)).toBe(before)
    expect(errand.options.maxIterations).toBe(Number.POSITIVE_INFINITY)
  })

  it.each<AnyStateMachine>([door, lamp, errand])('does what a real actor of $id does', (machine) => {
    const both = new SideBySide(machine, compileMachine(machine))
    demandEquality(both, 1_000)
    expect(both.visits.every((visits) => visits > 0)).toBe(true)
  })
})

describe('compiling refuses', () => {
  // Typed machines of `setup` would not compile half of these; `createMachine` lets them through, as JavaScript does.
  const inState = (config: object, implementations: object = {}): AnyStateMachine =>
    createMachine({ id: 'm', initial: 'a', states: { a: config, b: {} } } as never, implementations as never)
  const withAction = (action: unknown) => inState({ on: { go: { target: 'b', actions: action } } })
  const endless = (on: object, initial: string): AnyStateMachine =>
    createMachine({ id: 'm', initial, states: { a: { on }, b: { always: 'c' }, c: { always: 'b' } } } as never)
  const child = fromPromise(async () => {})

  it.each<[string, AnyStateMachine, string, string]>([
    ['a guard', inState({ on: { go: { target: 'b', guard: () => true } } }), 'a', 'a guard on "go"'],
    ['a named guard', inState({ on: { go: [{ target: 'b', guard: 'may' }] } }), 'a', 'a guard on "go"'],
    [
      'a guard on a delay',
      inState({ after: { 5: { target: 'b', guard: 'may' } } }),
      'a',
      'a guard on "xstate.after.5.m.a"',
    ],
    ['a guard on always', inState({ always: { target: 'b', guard: 'may' } }), 'a', 'a guard on "always"'],
    [
      'a guard on onDone',
      inState({ initial: 'c', states: { c: { type: 'final' } }, onDone: { target: 'b', guard: 'may' } }),
      'a',
      'a guard on "xstate.done.state.m.a"',
    ],
    ['an invoke', inState({ invoke: { src: 'work' } }), 'a', 'an invoke of "work"'],
    ['an invoke of logic', inState({ invoke: { src: child } }), 'a', 'an invoke of "xstate.invoke.0.m.a"'],
    ['a parallel state', inState({ type: 'parallel', states: { c: {}, d: {} } }), 'a', 'the type "parallel"'],
    [
      'a parallel machine',
      createMachine({ id: 'm', type: 'parallel', states: { c: {}, d: {} } }),
      'm',
      'the type "parallel"',
    ],
    [
      'a history state',
      inState({ initial: 'c', states: { c: {}, d: { type: 'history' } } }),
      'a.d',
      'the type "history"',
    ],
    ['context', createMachine({ id: 'm', context: { count: 0 } }), 'm', 'context'],
    ['context made by a function', createMachine({ id: 'm', context: () => ({}) }), 'm', 'context'],
    ['an output', inState({ type: 'final', output: 5 }), 'a', 'an output'],
    ['a wildcard', inState({ on: { '*': 'b' } }), 'a', 'the wildcard event "*"'],
    ['a partial wildcard', inState({ on: { 'mouse.*': 'b' } }), 'a', 'the wildcard event "mouse.*"'],
    [
      'an event of xstate',
      inState({ on: { 'xstate.init': 'b' } }),
      'a',
      'a transition on the reserved event "xstate.init"',
    ],
    ['a dot in a name', createMachine({ id: 'm', initial: 'a.b', states: { 'a.b': {} } }), 'a.b', 'a dot in its name'],
    ['an inline action', withAction(() => {}), 'a', 'an inline action on "go"'],
    ['an inline entry action', inState({ entry: () => {} }), 'a', 'an inline action on "entry"'],
    ['an inline exit action', inState({ exit: ['ok', () => {}] }), 'a', 'an inline action on "exit"'],
    [
      'an inline action of the machine',
      createMachine({ id: 'm', entry: () => {} }),
      'm',
      'an inline action on "entry"',
    ],
    [
      'an inline action on always',
      inState({ always: { target: 'b', actions: () => {} } }),
      'a',
      'an inline action on "always"',
    ],
    [
      'an inline action on a delay',
      inState({ after: { 9: { actions: () => {} } } }),
      'a',
      'an inline action on "xstate.after.9.m.a"',
    ],
    [
      'an inline action on initial',
      inState({ initial: { target: 'c', actions: () => {} }, states: { c: {} } }),
      'a',
      'an inline action on "initial"',
    ],
    ['raise', withAction(raise({ type: 'x' })), 'a', 'the built-in action "xstate.raise" on "go"'],
    [
      'a delayed raise of its own',
      withAction(raise({ type: 'x' }, { id: 'x', delay: 5 })),
      'a',
      'the built-in action "xstate.raise" on "go"',
    ],
    [
      'a raise with a delay by a function',
      withAction(raise({ type: 'x' }, { delay: () => 5 })),
      'a',
      'the built-in action "xstate.raise" on "go"',
    ],
    ['cancel', withAction(cancel('x')), 'a', 'the built-in action "xstate.cancel" on "go"'],
    ['assign', withAction(assign({})), 'a', 'the built-in action "xstate.assign" on "go"'],
    ['emit', withAction(emit({ type: 'x' })), 'a', 'the built-in action "xstate.emit" on "go"'],
    ['send', withAction(sendTo('x', { type: 'x' })), 'a', 'the built-in action "xstate.sendTo" on "go"'],
    ['log', withAction(log('x')), 'a', 'the built-in action "xstate.log" on "go"'],
    [
      'enqueueActions',
      withAction(enqueueActions(() => {})),
      'a',
      'the built-in action "xstate.enqueueActions" on "go"',
    ],
    ['spawn', withAction(spawnChild(child)), 'a', 'the built-in action "xstate.spawnChild" on "go"'],
    ['stop', withAction(stopChild('x')), 'a', 'the built-in action "xstate.stopChild" on "go"'],
    [
      'a named action with the name of a built-in',
      withAction('xstate.raise'),
      'a',
      'the built-in action "xstate.raise" on "go"',
    ],
    [
      'a built-in by another name',
      inState({ entry: 'add' }, { actions: { add: assign({}) } }),
      'a',
      'the action "add" on "entry", which is the built-in "xstate.assign"',
    ],
    ['params', withAction({ type: 'add', params: { by: 2 } }), 'a', 'params for the action "add" on "go"'],
    [
      'an unknown delay',
      inState({ after: { whenever: 'b' } }),
      'a',
      'the delay "whenever", which is neither a number nor the name of a delay of the machine',
    ],
    [
      'always without a new state',
      inState({ always: { actions: 'tick' } }),
      'a',
      'an always transition that is taken again at every event',
    ],
    [
      'always without an end',
      endless({ go: 'b' }, 'a'),
      'a',
      'a transition into an endless chain of always or onDone transitions',
    ],
    [
      'always without an end at the start',
      endless({}, 'b'),
      'm',
      'a transition into an endless chain of always or onDone transitions',
    ],
  ])('%s', (_, machine, state, feature) => {
    const refusal = refusalOf(machine)
    expect(refusal).toMatchObject({ name: 'MachineNotCompilableError', machine: 'm', state, feature })
    expect(refusal.message).toMatch(`Machine "m" cannot be compiled: state "${state}" has ${feature}. `)
  })
})

function refusalOf(machine: AnyStateMachine): MachineNotCompilableError {
  try {
    compileMachine(machine)
  } catch (error) {
    if (error instanceof MachineNotCompilableError) return error
    throw error
  }
  throw new Error('it compiled')
}
