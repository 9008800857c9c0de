import type { Call } from '../adapter/call.js'
import { isTransitionPublished } from '../pool/channels.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { Connection } from './connection.js'
import { connectionTable, type DelayName, Event, type EventName, State, type StateName } from './connection-table.js'
import { park, unpark } from './park.js'
import type { Step } from './plan.js'

const EVENTS = connectionTable.events.length

/** Puts a new connection into the machine's initial state. */
export function enter<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const step = core.plan.initial
  connection.state = step.to
  ;(core.counts[step.to] as number)++
  changeDelay(core, connection, step)
  step.books?.(core, connection, undefined)
  if (core.options.inspect !== undefined) startMirror(core, connection)
  // Before any listener: a shared limit counts it from here on.
  core.policies?.connecting(connection)
  if (!connection.announced) announceOpen(core, connection)
  // A listener may have paused the pool, made it smaller, or ended this connection before its open began.
  if (connection.state === State.connecting && (!core.granting || core.size > core.max)) {
    connection.closeReason ??= 'surplus'
    send(core, connection, Event.retire)
  }
  if (connection.state === State.connecting) step.effects?.(core, connection, undefined)
  else if (connection.state === State['closing.pending']) send(core, connection, Event.openFailed)
}

/** Takes one event: state, books and delays first, so that the pool's state is final before anybody is called. Kept
 * short, so that V8 inlines what the hot path needs of it. */
export function send<R>(core: PoolCore<R>, connection: Connection<R>, event: number): void {
  const from = connection.state
  const step = core.steps[from * EVENTS + event]
  if (step === undefined) {
    refuse(core, from, event)
    return
  }
  if (step.isInvolved && !connection.announced) {
    sendAnnounced(core, connection, event)
    return
  }
  const { call } = connection
  ;(core.counts[from] as number)--
  ;(core.counts[step.to] as number)++
  connection.state = step.to
  if (step.parking === 'park') park(core, connection)
  else if (step.parking === 'unpark') unpark(core, connection)
  if (step.isInvolved) keepBooks(core, connection, step, call)
  if (isFollowed(core)) announce(core, connection, from, event)
  // One of them, or a listener, may have moved the connection on: those that only make sense in the state they belong
  // to look where they stand.
  if (step.effects !== undefined) step.effects(core, connection, call)
}

/** A policy moves it on before anybody has heard of it: they hear of it first, and may end it themselves. */
function sendAnnounced<R>(core: PoolCore<R>, connection: Connection<R>, event: number): void {
  announceOpen(core, connection)
  if (core.steps[connection.state * EVENTS + event] !== undefined) send(core, connection, event)
}

function announceOpen<R>(core: PoolCore<R>, connection: Connection<R>): void {
  connection.announced = true
  if (!core.moments.connecting.wanted) return
  core.moments.connecting.tell(core, { connection: connection.info, attempt: connection.failuresBefore + 1 })
}

function keepBooks<R>(
  core: PoolCore<R>,
  connection: Connection<R>,
  step: Step<PoolCore<R>, R>,
  call: Call | undefined,
): void {
  if (step.isTimed) changeDelay(core, connection, step)
  step.books?.(core, connection, call)
}

const delayReasons = {
  connectTimeout: 'connect-failed',
  checkTimeout: 'unhealthy',
  resetTimeout: 'reset-failed',
  closeTimeout: undefined,
} as const satisfies Record<DelayName, unknown>

/** The delay of the connection's state has passed. */
export function due<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const timer = connectionTable.timers[connection.delay]
  if (timer === undefined) return
  connection.closeReason ??= delayReasons[timer.delay as DelayName]
  send(core, connection, timer.event)
}

function changeDelay<R>(core: PoolCore<R>, connection: Connection<R>, step: Step<PoolCore<R>, R>): void {
  core.wheel.disarm(connection)
  if (step.starts === undefined) return
  connection.delay = step.starts
  core.wheel.arm(connection, core.now() + (core.terms.delays[step.starts] as number))
}

/** Somebody wants to know of every step. */
function isFollowed<R>(core: PoolCore<R>): boolean {
  return core.moments.hot || isTransitionPublished()
}

function announce<R>(core: PoolCore<R>, connection: Connection<R>, from: number, event: number): void {
  if (connection.mirror !== undefined) mirrorStep(core, connection, connectionTable.events[event] as EventName)
  if (!core.moments.transition.wanted) return
  core.moments.transition.tell(core, {
    connection: connection.info,
    from: connectionTable.states[from] as StateName,
    to: connectionTable.states[connectionTable.next[from]?.[event] as number] as StateName,
    event: connectionTable.events[event] as EventName,
  })
}

function startMirror<R>(core: PoolCore<R>, connection: Connection<R>): void {
  try {
    connection.mirror = core.options.inspect?.connection(connection.info)
  } catch (error) {
    core.moments.trouble(core, 'inspect', error)
  }
}

function mirrorStep<R>(core: PoolCore<R>, connection: Connection<R>, event: EventName): void {
  try {
    connection.mirror?.send(event)
  } catch (error) {
    core.moments.trouble(core, 'inspect', error)
  }
}

/** An event that a state does not accept is a bug of ours: loud in development, an `error` event in production. */
function refuse<R>(core: PoolCore<R>, state: number, event: number): void {
  const error = new Error(
    `The connection statechart does not accept "${connectionTable.events[event]}" in state "${connectionTable.states[state]}"`,
  )
  if (process.env.NODE_ENV !== 'production') throw error
  core.moments.trouble(core, 'statechart', error)
}
