import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { DispatchTarget } from './dispatch-target.js'
import { Exchange, type ExchangeOwner } from './exchange.js'
import { hintInRaw } from './keep-alive-header.js'

type RawHeaders = Buffer[]

/** A handler as undici 6 has them, and as undici 7 takes them: that of the `fetch` in Node 20 to 24. */
export interface LegacyHandler {
  onConnect(abort: (reason?: Error) => void, context?: unknown): void
  onResponseStarted?(): void
  onHeaders(statusCode: number, headers: RawHeaders, resume: () => void, statusText: string): boolean
  onUpgrade?(statusCode: number, headers: RawHeaders, socket: Duplex): void
  onData(chunk: Buffer): boolean
  onComplete(trailers: RawHeaders): void
  onError(error: Error): void
  onBodySent?(chunk: unknown): void
  onRequestSent?(): void
}

/** An exchange for such a handler. Headers are passed on as they came, without being parsed. */
export class LegacyExchange extends Exchange {
  private readonly handler: LegacyHandler
  private clientsAbort: ((reason?: Error) => void) | undefined = undefined

  constructor(
    owner: ExchangeOwner,
    target: DispatchTarget,
    options: Dispatcher.DispatchOptions,
    handler: LegacyHandler,
  ) {
    super(owner, target, options)
    this.handler = handler
  }

  announce(): void {
    this.handler.onConnect((reason) => this.abort(reason))
  }

  tell(error: Error): void {
    this.handler.onError(error)
  }

  protected stop(reason: Error | undefined): void {
    this.clientsAbort?.(reason)
  }

  onConnect(abort: (reason?: Error) => void, context?: unknown): void {
    this.clientsAbort = abort
    if (this.start(abort)) this.handler.onConnect(abort, context)
  }

  onResponseStarted(): void {
    this.isAnswered = true
    this.handler.onResponseStarted?.()
  }

  onHeaders(statusCode: number, headers: RawHeaders, resume: () => void, statusText: string): boolean {
    this.isAnswered = true
    if (statusCode >= 200 && this.connection !== undefined) this.connection.hint = hintInRaw(headers)
    return this.handler.onHeaders(statusCode, headers, resume, statusText)
  }

  onUpgrade(statusCode: number, headers: RawHeaders, socket: Duplex): void {
    this.isAnswered = true
    this.owner.upgraded(this)
    this.handler.onUpgrade?.(statusCode, headers, socket)
  }

  onData(chunk: Buffer): boolean {
    return this.handler.onData(chunk)
  }

  onComplete(trailers: RawHeaders): void {
    // Until this returns, undici has not decided whether the connection is kept.
    try {
      this.handler.onComplete(trailers)
    } finally {
      this.owner.completed(this)
    }
  }

  onError(error: Error): void {
    this.owner.failed(this, error)
  }

  onBodySent(chunk: unknown): void {
    this.handler.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.handler.onRequestSent?.()
  }
}
