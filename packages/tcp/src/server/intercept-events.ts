import type { EventEmitter } from 'node:events'

/** Given each event, with what comes with it, before its listeners; true: they do not hear of it. */
export type Interceptor = (event: string, first: unknown, second: unknown, third: unknown) => boolean

type Emit = (this: unknown, event: string | symbol, ...args: unknown[]) => boolean

/**
 * Lets `intercept` see a server's events before their listeners do, and keep some from them; returns how to stop.
 *
 * A listener could not: it cannot keep a refused socket from the server's own listeners, which would read requests from
 * it, and on some events (`checkContinue`, `clientError`, `upgrade`) a listener's mere presence changes what Node does.
 * OpenTelemetry's and other instrumentations of Node's servers stand in the same place.
 */
export function interceptEvents(server: EventEmitter, intercept: Interceptor): () => void {
  const original: Emit = server.emit
  const hadOwn = Object.hasOwn(server, 'emit')
  let isActive = true
  const emit: Emit = function (this: unknown, event, ...args) {
    if (isActive && typeof event === 'string' && intercept(event, args[0], args[1], args[2])) return true
    return original.call(this, event, ...args)
  }
  server.emit = emit
  return () => {
    isActive = false
    // Somebody may have wrapped it since: then it stays in their chain.
    if (server.emit !== emit) return
    if (hadOwn) server.emit = original
    else Reflect.deleteProperty(server, 'emit')
  }
}
