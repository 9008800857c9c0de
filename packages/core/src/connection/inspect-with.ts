import { type ActorOptions, createActor, toObserver } from 'xstate'
import { type ConnectionEvent, connectionMachine } from './connection-machine.js'
import type { ConnectionMirror, Inspector } from './inspector.js'

export interface InspectWithOptions {
  /** xstate's own option: a function, or an observer, of xstate's inspection events. */
  readonly inspect?: ActorOptions<typeof connectionMachine>['inspect']
  /** Default `'connection'`: the actors are called `connection-1`, `connection-2`, … */
  readonly name?: string
}

/** The pool runs the delays and forwards what they send. */
const clockThatNeverFires = { setTimeout: () => 0, clearTimeout: () => {} }

/**
 * The value for the pool option `inspect`: a real xstate actor follows each connection, so that whatever understands
 * xstate's inspection API shows it live.
 *
 * The actor costs some microseconds per event and decides nothing. It stops when its connection is closed; later
 * events are ignored. What `inspect` throws is thrown by `connection` or `send`, and leaves the actor unharmed.
 */
export function inspectWith(options: InspectWithOptions): Inspector {
  const { name = 'connection' } = options
  return { connection: ({ id }) => mirror(`${name}-${id}`, options.inspect) }
}

function mirror(id: string, inspect: InspectWithOptions['inspect']): ConnectionMirror {
  const observer = toObserver(inspect ?? {})
  let failures: unknown[] = []
  const actor = createActor(connectionMachine, {
    id,
    clock: clockThatNeverFires,
    inspect: {
      ...observer,
      next: (event) => {
        // An error that reached the actor would end it, and xstate would throw it into the process.
        try {
          observer.next?.(event)
        } catch (error) {
          failures.push(error)
        }
      },
    },
  })
  const afterwards = () => {
    const [failure] = failures
    const failed = failures.length > 0
    failures = []
    if (failed) throw failure
  }

  actor.start()
  afterwards()
  return {
    send: (event) => {
      // xstate has stopped the actor in the final state and would warn.
      if (actor.getSnapshot().status !== 'active') return
      actor.send({ type: event } as ConnectionEvent)
      afterwards()
    },
  }
}
