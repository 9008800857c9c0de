import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { hintOf } from '../agent/keep-alive-hint.js'
import type { DispatchTarget } from './dispatch-target.js'
import { Exchange, type ExchangeOwner } from './exchange.js'
import { QueueController } from './queue-controller.js'

/** A handler as undici 7 and 8 have them, and the `fetch` in Node 26. */
export interface ModernHandler {
  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void
  onRequestUpgrade?(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
    socket: Duplex,
  ): void
  onResponseStarted?(): void
  onResponseStart?(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
    statusMessage?: string,
  ): void
  onResponseData?(controller: Dispatcher.DispatchController, chunk: Buffer): void
  onResponseEnd?(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void
  onResponseError(controller: Dispatcher.DispatchController | null, error: Error): void
  onBodySent?(chunk: unknown): void
  onRequestSent?(): void
}

/** An exchange for such a handler. */
export class ModernExchange extends Exchange {
  private readonly handler: ModernHandler
  /** The one that the handler was given last. */
  private controller: Dispatcher.DispatchController | undefined = undefined

  constructor(
    owner: ExchangeOwner,
    target: DispatchTarget,
    options: Dispatcher.DispatchOptions,
    handler: ModernHandler,
  ) {
    super(owner, target, options)
    this.handler = handler
  }

  announce(): void {
    const controller = new QueueController((reason) => this.abort(reason))
    this.controller = controller
    this.handler.onRequestStart(controller, null)
  }

  tell(error: Error): void {
    this.handler.onResponseError(this.controller ?? null, error)
  }

  protected stop(reason: Error | undefined): void {
    this.controller?.abort(reason as Error)
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.controller = controller
    if (this.start((reason) => controller.abort(reason as Error))) this.handler.onRequestStart(controller, context)
  }

  onResponseStarted(): void {
    this.isAnswered = true
    this.handler.onResponseStarted?.()
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
    statusMessage?: string,
  ): void {
    this.isAnswered = true
    if (statusCode >= 200 && this.connection !== undefined) {
      const text: unknown = headers['keep-alive']
      this.connection.hint = hintOf(Array.isArray(text) ? text.join() : (text as string | undefined))
    }
    this.handler.onResponseStart?.(controller, statusCode, headers, statusMessage)
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
    socket: Duplex,
  ): void {
    this.isAnswered = true
    this.owner.upgraded(this)
    this.handler.onRequestUpgrade?.(controller, statusCode, headers, socket)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.handler.onResponseData?.(controller, chunk)
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    // Until this returns, undici has not decided whether the connection is kept.
    try {
      this.handler.onResponseEnd?.(controller, trailers)
    } finally {
      this.owner.completed(this)
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.owner.failed(this, error)
  }

  onBodySent(chunk: unknown): void {
    this.handler.onBodySent?.(chunk)
  }

  onRequestSent(): void {
    this.handler.onRequestSent?.()
  }
}
