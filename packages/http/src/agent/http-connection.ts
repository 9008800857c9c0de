import type net from 'node:net'
import type { Clock, Lease, WatchSignals } from '@millpond/core'
import { TcpLostError } from '@millpond/tcp'
import { readKeepAlive } from './keep-alive-hint.js'
import type { AgentRequest, AgentSocket } from './request-internals.js'
import { ServerLimits } from './server-limits.js'
import { keepStaleErrors, tellErrors } from './stale-errors.js'
import type { Target } from './target.js'

/** Whom a connection tells of what happens on its socket. */
export interface ConnectionOwner {
  /** The request that used it is done with it, and the socket is as it was before. */
  freed(connection: HttpConnection): void
  /** It has ended, or is somebody else's. */
  gone(connection: HttpConnection): void
  /** The far end hung up before a byte of the answer, on a connection that had been there before the request. */
  hungUp(connection: HttpConnection, request: AgentRequest, cause: Error): void
}

/** Where Node's parser looks for what to call when a message begins; Node takes it off with each answer. */
const ON_MESSAGE_BEGIN = 0

/** ms of rest: under load connections rest for less, and nobody waits for a look at them. */
const LONG_REST = 500

const NEVER = Number.POSITIVE_INFINITY

/**
 * The agent's record of one socket. Its listeners are the socket's first and stay as long as the agent has it: they
 * cost nothing between requests, and hear of an end before the request does.
 */
export class HttpConnection {
  readonly socket: AgentSocket
  readonly target: Target
  readonly #owner: ConnectionOwner
  #signals: WatchSignals | undefined
  /** While a request has it. */
  lease: Lease<net.Socket> | undefined
  reused = false
  /** It has been idle: one that was opened ahead of demand has, before its first request. */
  wasIdle = false
  /** A byte of the answer has come. */
  answered = false
  /** Nothing more will come of it. */
  isDead = false
  /** When the server may begin to close it, less the margin, in ms of the pool's clock. */
  expiresAt = NEVER
  /** When the last request was done with it, in ms of the pool's clock. */
  restsSince = 0
  readonly #limits = new ServerLimits()
  #lostBy: Error | undefined

  constructor(socket: net.Socket, target: Target, owner: ConnectionOwner) {
    this.socket = socket as AgentSocket
    this.target = target
    this.#owner = owner
    socket.on('error', this.#onError).on('end', this.#onEnd).on('close', this.#onClose)
    socket.on('data', this.#onData).on('free', this.#onFree).on('agentRemove', this.#onRemove)
    keepStaleErrors(this.socket, this)
  }

  /** The socket is being destroyed. True: its request has been seen to, and nobody is to hear of the error. */
  keepsToItself(error: NodeJS.ErrnoException): boolean {
    return error.syscall !== undefined && this.#end(new TcpLostError(this.target.address, whyLost(error), error))
  }

  watch(signals: WatchSignals): () => void {
    this.#signals = signals
    if (this.isDead) signals.lost(this.#lostBy)
    return () => {
      this.#signals = undefined
    }
  }

  get isLent(): boolean {
    return this.lease !== undefined
  }

  /** Gives it to a request. */
  lend(lease: Lease<net.Socket>): void {
    this.lease = lease
    this.reused = lease.reused
    this.answered = false
    this.expiresAt = NEVER
  }

  /** Whether it can carry another request. */
  isUsable(clock: Clock): boolean {
    return !this.isDead && !this.socket.destroyed && (this.expiresAt === NEVER || clock.now() < this.expiresAt)
  }

  /** Whether it has been idle for so long that its end may have come unnoticed. */
  hasRested(clock: Clock): boolean {
    return clock.now() - this.restsSince >= LONG_REST
  }

  /** The server's `Keep-Alive` header, with a margin: false when there is no time or no request left. */
  heedHint(request: AgentRequest, margin: number): boolean {
    const hint = request.res === null ? undefined : readKeepAlive(request.res)
    const rest = this.#limits.restAfter(hint, margin)
    if (rest !== NEVER) this.expiresAt = this.restsSince + rest
    return rest > 0
  }

  /** Ends it gracefully, though it is idle or new. */
  retire(reason: string): void {
    this.#signals?.retire(reason)
  }

  /** It is gone, and its request is not to hear of it. */
  lose(): void {
    const { lease } = this
    this.lease = undefined
    this.#signals?.lost(this.#lostBy)
    lease?.release()
  }

  /** The agent has it no longer; what is left on the socket is its new owner's. */
  leave(): void {
    const { socket } = this
    socket.off('error', this.#onError).off('end', this.#onEnd).off('close', this.#onClose)
    socket.off('data', this.#onData).off('free', this.#onFree).off('agentRemove', this.#onRemove)
    tellErrors(socket)
  }

  readonly #onData = () => {
    // A request that awaits its answer has a parser on the socket. Without one, nobody asked for these bytes: the next
    // request would take what follows them for its own answer.
    const { parser } = this.socket
    if (!parser) this.#end(new TcpLostError(this.target.address, 'unexpected-data'))
    else if (!this.answered) {
      this.answered = true
      parser[ON_MESSAGE_BEGIN] = this.#onMessageBegin
    }
  }

  /** The beginning of a second answer that came along with the first: Node drops it, and what follows would be taken for
   * the answer to the next request. */
  readonly #onMessageBegin = () => {
    if (!this.socket._httpMessage?.res) return
    this.isDead = true
    this.#lostBy ??= new TcpLostError(this.target.address, 'unexpected-data')
  }

  readonly #onEnd = () => this.#end(new TcpLostError(this.target.address, 'fin'))

  readonly #onError = (error: NodeJS.ErrnoException) => {
    // Without a system call, it is an error that somebody on this side has destroyed the socket with.
    const isOurs = error.syscall === undefined
    this.#end(new TcpLostError(this.target.address, isOurs ? 'local' : whyLost(error), error), isOurs)
  }

  readonly #onClose = () => {
    const { lease, socket } = this
    this.isDead = true
    this.lease = undefined
    this.leave()
    // What comes after the end must not take the process with it.
    socket.on('error', ignore)
    const request = socket._httpMessage
    if (lease !== undefined && request?.res?.complete && !request.shouldKeepAlive) lease.retire()
    else {
      this.#signals?.lost(this.#lostBy ?? new TcpLostError(this.target.address, 'local'))
      lease?.release()
    }
    this.#owner.gone(this)
  }

  readonly #onFree = () => this.#owner.freed(this)

  /** An upgrade or a tunnel: the socket is the caller's. */
  readonly #onRemove = () => {
    this.leave()
    const { lease } = this
    this.lease = undefined
    lease?.detach()
    this.#owner.gone(this)
  }

  /** True: it was stale, and its request has been seen to. */
  #end(error: Error, isOurs = false): boolean {
    this.isDead = true
    this.#lostBy ??= error
    if (this.lease === undefined) {
      this.#signals?.lost(error)
      return false
    }
    const request = this.socket._httpMessage as AgentRequest | null | undefined
    const isStale = (this.reused || this.wasIdle) && !this.answered && !isOurs
    if (!isStale || !request || request.destroyed || request.res !== null) return false
    this.#owner.hungUp(this, request, error)
    return true
  }
}

function whyLost({ code }: NodeJS.ErrnoException): 'reset' | 'error' {
  return code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : 'error'
}

function ignore(): void {}
