import { Link } from '@millpond/core/kit'
import type { AgentRequest } from './request-internals.js'
import type { Target } from './target.js'

const queued: unique symbol = Symbol('millpond.queued')

interface Marked {
  [queued]?: QueuedRequest | undefined
  destroy: AgentRequest['destroy']
}

/**
 * A request that waits for a connection. It is its own abort signal, of the few members that a pool uses: a real one
 * costs more than the rest of the waiting.
 *
 * A request without a socket tells nobody that it was destroyed, so its `destroy` is replaced while it waits. Node would
 * let it keep its place, and fail it only when its turn has come.
 */
export class QueuedRequest {
  readonly request: AgentRequest
  readonly target: Target
  readonly place = new Link<QueuedRequest>(this)
  aborted = false
  reason: unknown
  #listener: { handleEvent(): void } | undefined
  readonly #destroy: AgentRequest['destroy']
  #timer: NodeJS.Timeout | undefined

  constructor(request: AgentRequest, target: Target) {
    this.request = request
    this.target = target
    this.#destroy = request.destroy
    const marked = request as Marked
    marked[queued] = this
    marked.destroy = destroyQueued
    // Node's `timeout` covers the time of connecting, and would have no socket to run on here.
    if (request.timeout !== undefined && request.timeout > 0) {
      this.#timer = setTimeout(() => request.emit('timeout'), request.timeout).unref()
    }
  }

  /** As an AbortSignal. */
  get signal(): AbortSignal {
    return this as unknown as AbortSignal
  }

  addEventListener(_type: 'abort', listener: { handleEvent(): void }): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = undefined
  }

  /** It waits no longer. */
  end(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    const marked = this.request as Marked
    marked[queued] = undefined
    marked.destroy = this.#destroy
  }

  /** Gives up its place. */
  abort(error: Error | undefined): void {
    this.end()
    this.request.destroy(error)
    this.aborted = true
    this.reason = error
    this.#listener?.handleEvent()
  }
}

function destroyQueued(this: AgentRequest, error?: Error): AgentRequest {
  const waiting = (this as Marked)[queued]
  if (waiting === undefined) throw new Error('Not in a queue')
  waiting.abort(error)
  return this
}
