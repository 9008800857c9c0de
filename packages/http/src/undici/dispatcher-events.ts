import type { PoolEvents } from '@millpond/core'
import type { Dispatcher } from 'undici'
import type { EventShape } from '../agent/event-bridge.js'
import type { ClientConnection } from './client-connection.js'

type Pooled = PoolEvents<ClientConnection>
type Payload<E extends keyof Pooled> = Parameters<Pooled[E]>[0]

/** The events of the pool. Those whose names undici has as well have undici's arguments first, and then the pool's
 * payload. */
export interface DispatcherEvents extends Omit<Pooled, 'connect' | 'disconnect'> {
  /** A connection was opened. */
  connect: (origin: URL, targets: readonly Dispatcher[], event: Payload<'connect'>) => void
  /** A connection is closed. */
  disconnect: (origin: URL, targets: readonly Dispatcher[], error: Error, event: Payload<'disconnect'>) => void
  /** A connection could not be opened: undici's name for `connectError`. */
  connectionError: (origin: URL, targets: readonly Dispatcher[], error: Error, event: Payload<'connectError'>) => void
  /** `dispatch` has returned false for this origin, and would no longer. */
  drain: (origin: URL, targets: readonly Dispatcher[]) => void
}

/** How the pool's events become undici's. */
export function eventShapes(dispatcher: Dispatcher): ReadonlyMap<string | symbol, EventShape> {
  const targets = [dispatcher]
  return new Map<string | symbol, EventShape>([
    ['connect', { of: 'connect', argumentsFor: (event) => [originOf(event), targets, event] }],
    ['disconnect', { of: 'disconnect', argumentsFor: (event) => [originOf(event), targets, whyEnded(event), event] }],
    [
      'connectionError',
      { of: 'connectError', argumentsFor: (event) => [originOf(event), targets, errorOf(event), event] },
    ],
  ])
}

/** A key begins with its origin. */
function originOf(event: unknown): URL {
  const url = new URL((event as { readonly key: string }).key)
  url.hash = ''
  return url
}

function errorOf(event: unknown): unknown {
  return (event as Payload<'connectError'>).error
}

function whyEnded(event: unknown): unknown {
  const { error, reason } = event as Payload<'disconnect'>
  return error ?? new Error(`The connection has ended: ${reason}`)
}
