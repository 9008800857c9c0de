import { connectionTable } from '../../src/connection/connection-table.js'

const actions = [
  'acquire',
  'burst',
  'acquireAborted',
  'tryAcquire',
  'use',
  'abort',
  'release',
  'releaseTwice',
  'dispose',
  'retire',
  'destroyLease',
  'detach',
  'lose',
  'loseTwice',
  'retireSignal',
  'capacity',
  'flush',
  'pause',
  'resume',
  'resize',
  'warm',
  'wake',
  'evict',
]

const hows = ['sync', 'resolve', 'slow', 'reject', 'rejectSlowly', 'throw', 'never', 'late']
const verdicts = ['keep', 'check', 'retire', 'retireFor', 'throw', 'acts']
const admissions = ['admit', 'wait', 'reject', 'rejectWith', 'throw', 'acts']

const each = (names: readonly string[], kinds: readonly string[]) =>
  names.flatMap((name) => kinds.map((kind) => `${name}:${kind}`))

const transitions = connectionTable.next.flatMap((row, from) =>
  row.flatMap((to) => (to < 0 ? [] : [`${connectionTable.states[from]} → ${connectionTable.states[to]}`])),
)

/** What programs must have reached often for their passing to mean anything. */
export const coverageGoals: readonly string[] = [
  ...new Set([
    ...actions,
    'advance',
    ...[...actions, 'close', 'destroyPool'].map((action) => `nested:${action}`),
    ...each(['open', 'check', 'reset', 'close'], hows),
    'open:undefined',
    ...each(['isUsable', 'watch', 'setRef', 'capacity'], ['loses', 'throw', 'acts']),
    'isUsable:no',
    ...each(['isFatal'], ['yes', 'no', 'throw', 'acts']),
    ...each(['capacity'], ['nonsense', '0']),
    ...each(['onConnect', 'onAcquire', 'onRelease', 'onIdle'], verdicts),
    'onIdle:lookAgain',
    ...each(['admit', 'mayOpen'], admissions),
    ...each(['told'], ['quiet', 'throw', 'acts']),
    ...each(['acquire'], ['priority', 'client']),
    'shared',
    'overtaking',
    'nested use',
    ...each(['leak'], ['warned', 'revoked']),
    ...each(['misuse'], ['release', 'retire', 'destroy', 'nested-acquire']),
    ...each(
      ['fails'],
      [
        'TimeoutError',
        'AbortError',
        'QueueFullError',
        'OverloadedError',
        'CircuitOpenError',
        'ConnectError',
        'NestedAcquireError',
        'ConnectionSharedError',
        'PoolPausedError',
        'PoolClosedError',
      ],
    ),
    ...transitions,
  ]),
]
