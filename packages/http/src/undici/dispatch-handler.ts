import * as undici from 'undici'
import type { DispatchTarget } from './dispatch-target.js'
import type { Exchange, ExchangeOwner } from './exchange.js'
import { LegacyExchange, type LegacyHandler } from './legacy-exchange.js'
import { ModernExchange, type ModernHandler } from './modern-exchange.js'

const { InvalidArgumentError } = undici.errors

/** What `dispatch` was given: a handler of either kind, or none. */
export type GivenHandler = Partial<LegacyHandler> & Partial<ModernHandler>

/** undici 8 has it, whose clients take modern handlers only. */
const adapter = (undici as { Dispatcher1Wrapper?: { wrapHandler(handler: LegacyHandler): ModernHandler } })
  .Dispatcher1Wrapper

/** An exchange of the handler's kind, which the client in use understands. Throws undici's `InvalidArgumentError` where
 * the handler lacks what it needs. */
export function exchangeFor(
  owner: ExchangeOwner,
  target: DispatchTarget,
  options: undici.Dispatcher.DispatchOptions,
  handler: GivenHandler,
): Exchange {
  if (handler.onRequestStart !== undefined) {
    if (typeof handler.onRequestStart !== 'function') throw lacks('onRequestStart')
    if (typeof handler.onResponseError !== 'function') throw lacks('onResponseError')
    return new ModernExchange(owner, target, options, handler as ModernHandler)
  }
  if (typeof handler.onConnect !== 'function') throw lacks('onConnect')
  if (typeof handler.onError !== 'function') throw lacks('onError')
  if (options.upgrade || options.method === 'CONNECT') {
    if (typeof handler.onUpgrade !== 'function') throw lacks('onUpgrade')
  } else {
    if (typeof handler.onHeaders !== 'function') throw lacks('onHeaders')
    if (typeof handler.onData !== 'function') throw lacks('onData')
    if (typeof handler.onComplete !== 'function') throw lacks('onComplete')
  }
  if (adapter === undefined) return new LegacyExchange(owner, target, options, handler as LegacyHandler)
  return new ModernExchange(owner, target, options, adapter.wrapHandler(handler as LegacyHandler))
}

/** Tells a handler of a request that did not come so far as to be an exchange. Throws the error where it takes none. */
export function tellRefused(handler: GivenHandler, error: unknown): void {
  if (typeof handler.onResponseError === 'function') handler.onResponseError(null, error as Error)
  else if (typeof handler.onError === 'function') handler.onError(error as Error)
  else throw error
}

function lacks(method: keyof GivenHandler): Error {
  return new InvalidArgumentError(`invalid ${method} method`)
}
