// Generated from connection-machine.ts by `node_modules/.bin/tsx packages/core/build/generate-connection-table.ts`. Do not edit.
import type { CompiledMachine } from './compiled-machine.js'

/** The number of each state. */
export const State = {
  connecting: 0,
  'connected.leased': 1,
  'closing.empty': 2,
  'closing.pending': 3,
  'connected.leaving': 4,
  'idle.ready': 5,
  'connected.resetting': 6,
  closed: 7,
  'closing.graceful': 8,
  'idle.checking': 9,
} as const

/** The number of each event; a delay sends `xstate.after.<delay>.<state id>` when it is due. */
export const Event = {
  opened: 0,
  openFailed: 1,
  retire: 2,
  destroy: 3,
  lost: 4,
  rest: 5,
  reset: 6,
  detach: 7,
  released: 8,
  resetPassed: 9,
  resetFailed: 10,
  lease: 11,
  check: 12,
  checkPassed: 13,
  checkFailed: 14,
  closeSettled: 15,
  closeFailed: 16,
  ended: 17,
  'xstate.after.connectTimeout.connection.connecting': 18,
  'xstate.after.resetTimeout.connection.connected.resetting': 19,
  'xstate.after.checkTimeout.connection.idle.checking': 20,
  'xstate.after.closeTimeout.connection.closing.pending': 21,
  'xstate.after.closeTimeout.connection.closing.graceful': 22,
} as const

/** The number of each action. */
export const Action = {
  startOpen: 0,
  abortCall: 1,
  adopt: 2,
  watch: 3,
  offer: 4,
  serve: 5,
  noteFailure: 6,
  sever: 7,
  unwatch: 8,
  tellBorrowers: 9,
  end: 10,
  tellRetired: 11,
  destroyResource: 12,
  park: 13,
  unref: 14,
  judgeIdle: 15,
  startReset: 16,
  forget: 17,
  report: 18,
  startClose: 19,
  abandon: 20,
  unpark: 21,
  ref: 22,
  reserve: 23,
  startCheck: 24,
} as const

export type StateName = keyof typeof State
export type EventName = keyof typeof Event
export type ActionName = keyof typeof Action
export type DelayName = 'connectTimeout' | 'resetTimeout' | 'checkTimeout' | 'closeTimeout'

/** The statechart of a connection in its executable form. */
export const connectionTable: CompiledMachine<StateName, EventName, ActionName, DelayName> = {
  id: 'connection',
  states: [
    'connecting',
    'connected.leased',
    'closing.empty',
    'closing.pending',
    'connected.leaving',
    'idle.ready',
    'connected.resetting',
    'closed',
    'closing.graceful',
    'idle.checking',
  ],
  events: [
    'opened',
    'openFailed',
    'retire',
    'destroy',
    'lost',
    'rest',
    'reset',
    'detach',
    'released',
    'resetPassed',
    'resetFailed',
    'lease',
    'check',
    'checkPassed',
    'checkFailed',
    'closeSettled',
    'closeFailed',
    'ended',
    'xstate.after.connectTimeout.connection.connecting',
    'xstate.after.resetTimeout.connection.connected.resetting',
    'xstate.after.checkTimeout.connection.idle.checking',
    'xstate.after.closeTimeout.connection.closing.pending',
    'xstate.after.closeTimeout.connection.closing.graceful',
  ],
  actions: [
    'startOpen',
    'abortCall',
    'adopt',
    'watch',
    'offer',
    'serve',
    'noteFailure',
    'sever',
    'unwatch',
    'tellBorrowers',
    'end',
    'tellRetired',
    'destroyResource',
    'park',
    'unref',
    'judgeIdle',
    'startReset',
    'forget',
    'report',
    'startClose',
    'abandon',
    'unpark',
    'ref',
    'reserve',
    'startCheck',
  ],
  timers: [
    { delay: 'connectTimeout', event: 18 },
    { delay: 'resetTimeout', event: 19 },
    { delay: 'checkTimeout', event: 20 },
    { delay: 'closeTimeout', event: 21 },
    { delay: 'closeTimeout', event: 22 },
  ],
  initial: { to: 0, actions: [0], start: [0], cancel: [] },
  next: [
    [1, 2, 3, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 3, -1, -1, -1, -1], // connecting
    [-1, -1, 4, 2, 2, 5, 6, 2, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1], // connected.leased
    [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 7, -1, -1, -1, -1, -1], // closing.empty
    [8, 2, -1, 7, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 7, -1], // closing.pending
    [-1, -1, -1, 2, 2, -1, -1, 2, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1], // connected.leaving
    [-1, -1, 8, 2, 2, -1, -1, -1, -1, -1, -1, 1, 9, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1], // idle.ready
    [-1, -1, 8, 2, 2, -1, -1, -1, -1, 5, 8, -1, -1, -1, -1, -1, -1, -1, -1, 2, -1, -1, -1], // connected.resetting
    [-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1], // closed
    [-1, -1, -1, 7, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 7, 7, -1, -1, -1, -1, -1, 7], // closing.graceful
    [-1, -1, 8, 2, 2, -1, -1, -1, -1, -1, -1, -1, -1, 5, 8, -1, -1, -1, -1, -1, 2, -1, -1], // idle.checking
  ],
  transitions: [
    // connecting
    [
      // opened → connected.leased: abortCall, adopt, watch, offer, serve
      { to: 1, actions: [1, 2, 3, 4, 5], start: [], cancel: [0] },
      // openFailed → closing.empty: abortCall, noteFailure, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [1, 6, 7, 8, 9, 10], start: [], cancel: [0] },
      // retire → closing.pending: abortCall, tellRetired, sever, unwatch, tellBorrowers, serve
      { to: 3, actions: [1, 11, 7, 8, 9, 5], start: [3], cancel: [0] },
      // destroy → closing.pending: abortCall, sever, unwatch, tellBorrowers, serve
      { to: 3, actions: [1, 7, 8, 9, 5], start: [3], cancel: [0] },
      null, null, null, null, null, null, null, null, null, null, null, null, null, null,
      // xstate.after.connectTimeout.connection.connecting → closing.pending: abortCall, noteFailure, sever, unwatch, tellBorrowers, serve
      { to: 3, actions: [1, 6, 7, 8, 9, 5], start: [3], cancel: [0] },
      null, null, null, null,
    ],
    // connected.leased
    [
      null, null,
      // retire → connected.leaving: tellRetired, serve
      { to: 4, actions: [11, 5], start: [], cancel: [] },
      // destroy → closing.empty: destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [12, 7, 8, 9, 10], start: [], cancel: [] },
      // lost → closing.empty: destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [12, 7, 8, 9, 10], start: [], cancel: [] },
      // rest → idle.ready: park, unref, judgeIdle
      { to: 5, actions: [13, 14, 15], start: [], cancel: [] },
      // reset → connected.resetting: startReset
      { to: 6, actions: [16], start: [1], cancel: [] },
      // detach → closing.empty: sever, unwatch, tellBorrowers, end
      { to: 2, actions: [7, 8, 9, 10], start: [], cancel: [] },
      null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
    ],
    // closing.empty
    [
      null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
      // ended → closed: forget, report, serve
      { to: 7, actions: [17, 18, 5], start: [], cancel: [] },
      null, null, null, null, null,
    ],
    // closing.pending
    [
      // opened → closing.graceful: adopt, startClose, serve
      { to: 8, actions: [2, 19, 5], start: [4], cancel: [3] },
      // openFailed → closing.empty: end
      { to: 2, actions: [10], start: [], cancel: [3] },
      null,
      // destroy → closed: abandon, forget, report, serve
      { to: 7, actions: [20, 17, 18, 5], start: [], cancel: [3] },
      null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
      // xstate.after.closeTimeout.connection.closing.pending → closed: abandon, forget, report, serve
      { to: 7, actions: [20, 17, 18, 5], start: [], cancel: [3] },
      null,
    ],
    // connected.leaving
    [
      null, null, null,
      // destroy → closing.empty: destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [12, 7, 8, 9, 10], start: [], cancel: [] },
      // lost → closing.empty: destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [12, 7, 8, 9, 10], start: [], cancel: [] },
      null, null,
      // detach → closing.empty: sever, unwatch, tellBorrowers, end
      { to: 2, actions: [7, 8, 9, 10], start: [], cancel: [] },
      // released → closing.graceful: sever, unwatch, tellBorrowers, startClose, serve
      { to: 8, actions: [7, 8, 9, 19, 5], start: [4], cancel: [] },
      null, null, null, null, null, null, null, null, null, null, null, null, null, null,
    ],
    // idle.ready
    [
      null, null,
      // retire → closing.graceful: unpark, tellRetired, sever, unwatch, tellBorrowers, startClose, serve
      { to: 8, actions: [21, 11, 7, 8, 9, 19, 5], start: [4], cancel: [] },
      // destroy → closing.empty: unpark, destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [21, 12, 7, 8, 9, 10], start: [], cancel: [] },
      // lost → closing.empty: unpark, destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [21, 12, 7, 8, 9, 10], start: [], cancel: [] },
      null, null, null, null, null, null,
      // lease → connected.leased: unpark, ref
      { to: 1, actions: [21, 22], start: [], cancel: [] },
      // check → idle.checking: reserve, ref, startCheck
      { to: 9, actions: [23, 22, 24], start: [2], cancel: [] },
      null, null, null, null, null, null, null, null, null, null,
    ],
    // connected.resetting
    [
      null, null,
      // retire → closing.graceful: abortCall, tellRetired, sever, unwatch, tellBorrowers, startClose, serve
      { to: 8, actions: [1, 11, 7, 8, 9, 19, 5], start: [4], cancel: [1] },
      // destroy → closing.empty: abortCall, destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [1, 12, 7, 8, 9, 10], start: [], cancel: [1] },
      // lost → closing.empty: abortCall, destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [1, 12, 7, 8, 9, 10], start: [], cancel: [1] },
      null, null, null, null,
      // resetPassed → idle.ready: abortCall, serve, park, unref, judgeIdle
      { to: 5, actions: [1, 5, 13, 14, 15], start: [], cancel: [1] },
      // resetFailed → closing.graceful: abortCall, sever, unwatch, tellBorrowers, startClose, serve
      { to: 8, actions: [1, 7, 8, 9, 19, 5], start: [4], cancel: [1] },
      null, null, null, null, null, null, null, null,
      // xstate.after.resetTimeout.connection.connected.resetting → closing.empty: abortCall, destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [1, 12, 7, 8, 9, 10], start: [], cancel: [1] },
      null, null, null,
    ],
    // closed
    [
      null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
    ],
    // closing.graceful
    [
      null, null, null,
      // destroy → closed: abortCall, destroyResource, forget, report, serve
      { to: 7, actions: [1, 12, 17, 18, 5], start: [], cancel: [4] },
      null, null, null, null, null, null, null, null, null, null, null,
      // closeSettled → closed: abortCall, forget, report, serve
      { to: 7, actions: [1, 17, 18, 5], start: [], cancel: [4] },
      // closeFailed → closed: abortCall, destroyResource, forget, report, serve
      { to: 7, actions: [1, 12, 17, 18, 5], start: [], cancel: [4] },
      null, null, null, null, null,
      // xstate.after.closeTimeout.connection.closing.graceful → closed: abortCall, destroyResource, forget, report, serve
      { to: 7, actions: [1, 12, 17, 18, 5], start: [], cancel: [4] },
    ],
    // idle.checking
    [
      null, null,
      // retire → closing.graceful: abortCall, unpark, tellRetired, sever, unwatch, tellBorrowers, startClose, serve
      { to: 8, actions: [1, 21, 11, 7, 8, 9, 19, 5], start: [4], cancel: [2] },
      // destroy → closing.empty: abortCall, unpark, destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [1, 21, 12, 7, 8, 9, 10], start: [], cancel: [2] },
      // lost → closing.empty: abortCall, unpark, destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [1, 21, 12, 7, 8, 9, 10], start: [], cancel: [2] },
      null, null, null, null, null, null, null, null,
      // checkPassed → idle.ready: abortCall, serve, park, unref, judgeIdle
      { to: 5, actions: [1, 5, 13, 14, 15], start: [], cancel: [2] },
      // checkFailed → closing.graceful: abortCall, unpark, sever, unwatch, tellBorrowers, startClose, serve
      { to: 8, actions: [1, 21, 7, 8, 9, 19, 5], start: [4], cancel: [2] },
      null, null, null, null, null,
      // xstate.after.checkTimeout.connection.idle.checking → closing.empty: abortCall, unpark, destroyResource, sever, unwatch, tellBorrowers, end
      { to: 2, actions: [1, 21, 12, 7, 8, 9, 10], start: [], cancel: [2] },
      null, null,
    ],
  ],
}
