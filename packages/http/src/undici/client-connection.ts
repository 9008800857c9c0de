import type net from 'node:net'
import type { WatchSignals } from '@millpond/core'
import { TcpLostError, type TcpLostReason } from '@millpond/tcp'
import { type buildConnector, type Client, errors } from 'undici'
import { closeSocket } from '../agent/close-socket.js'
import type { KeepAliveHint } from '../agent/keep-alive-hint.js'
import { ServerLimits } from '../agent/server-limits.js'
import { ConnectionGoneError } from './connection-gone-error.js'
import type { DispatchTarget } from './dispatch-target.js'
import { type ProtocolOptions, protocolClient } from './protocol-client.js'

const NEVER = Number.POSITIVE_INFINITY

/** ms of rest: under load connections rest for less, and nobody waits for a look at them. */
const LONG_REST = 500

/**
 * The dispatcher's record of one socket, and of the undici `Client` that speaks on it. Its listeners are the socket's
 * first, so it hears of an end before the client does, and tells what the far end did from what was done here.
 */
export class ClientConnection {
  readonly client: Client
  readonly socket: net.Socket
  readonly target: DispatchTarget
  readonly #onGone: (connection: ClientConnection) => void
  #signals: WatchSignals | undefined
  /** The client has the socket. */
  #isAttached = false
  #isLeft = false
  /** It may be stale: it has carried a request, or was open before there was one for it. */
  isReused = false
  /** Requests on its present lease, and when that began, as `Handover` counts them. */
  turns = 0
  epoch = 0
  /** Requests that have it. */
  users = 0
  /** Nothing more will come of it. */
  isDead = false
  /** It was the far end that ended it. */
  hungUp: Error | undefined
  /** When the server may begin to close it, less the margin, in ms of the pool's clock. */
  expiresAt = NEVER
  /** When the last request was done with it, in ms of the pool's clock. */
  restsSince = 0
  /** What the server said of it in its last answer. */
  hint: KeepAliveHint | undefined
  readonly #limits = new ServerLimits()

  constructor(
    socket: net.Socket,
    target: DispatchTarget,
    protocol: ProtocolOptions,
    onGone: (connection: ClientConnection) => void,
  ) {
    this.socket = socket
    this.target = target
    this.#onGone = onGone
    this.client = protocolClient(target.url, protocol, (_, callback) => this.#attach(callback))
    socket.on('error', this.#onError).on('end', this.#onEnd).on('close', this.#onClose)
    // Until the client has it, somebody must read, or its end would not be noticed.
    socket.on('readable', this.#onReadable)
  }

  get isLent(): boolean {
    return this.users > 0
  }

  watch(signals: WatchSignals): () => void {
    this.#signals = signals
    if (this.isDead) signals.lost(this.hungUp)
    return () => {
      this.#signals = undefined
    }
  }

  /** For the client's `connect`: it gets the socket once. It must not come back for another: whether a request is sent
   * again, and on which connection, is the dispatcher's to say. */
  #attach(callback: buildConnector.Callback): void {
    const { socket } = this
    if (this.#isAttached || socket.destroyed) {
      process.nextTick(callback, new ConnectionGoneError(), null)
      return
    }
    this.#isAttached = true
    socket.ref?.()
    process.nextTick(() => {
      if (socket.destroyed) callback(new ConnectionGoneError(), null)
      else callback(null, socket)
      socket.off('readable', this.#onReadable)
    })
  }

  /** Once the client has the socket, it sees to this itself. */
  setRef(keepAlive: boolean): void {
    if (this.#isAttached) return
    this.isReused ||= !keepAlive
    if (keepAlive) this.socket.ref?.()
    else this.socket.unref?.()
  }

  /** Whether it can carry another request, as far as is known. */
  get isUsable(): boolean {
    return !this.isDead && !this.socket.destroyed
  }

  /** Whether the server may be closing it. */
  isExpired(now: number): boolean {
    return now >= this.expiresAt
  }

  /** Whether it has been idle for so long that its end may have come unnoticed. */
  hasRested(now: number): boolean {
    return now - this.restsSince >= LONG_REST
  }

  /** A request is done with it, since then: false when it must not be used again. */
  rest(since: number, margin: number): boolean {
    if (!this.isUsable) return false
    this.isReused = true
    const rest = this.#limits.restAfter(this.hint, margin)
    this.hint = undefined
    this.restsSince = since
    this.expiresAt = since + rest
    return rest > 0
  }

  /** Ends it gracefully, though it is idle or new. */
  retire(reason: string): void {
    this.#signals?.retire(reason)
  }

  /** It is gone. */
  lose(): void {
    this.isDead = true
    this.#signals?.lost(this.hungUp)
  }

  /** Ends it gracefully, and resolves once it is closed. */
  close(): Promise<void> | undefined {
    return this.#isLeft ? undefined : closeSocket(this.socket)
  }

  /** Ends it now. A request that has it fails with the error; without one, undici would look for an answer in what is
   * left. */
  end(error: Error): void {
    if (this.#isLeft) return
    this.isDead = true
    this.socket.destroy(error)
  }

  /** The socket is somebody else's; what is left on it is its new owner's. */
  leave(): void {
    this.isDead = true
    this.#isLeft = true
    this.#forget()
    this.#onGone(this)
  }

  #forget(): void {
    const { socket } = this
    socket.off('error', this.#onError).off('end', this.#onEnd).off('close', this.#onClose)
    socket.off('readable', this.#onReadable)
  }

  readonly #onReadable = () => {
    // Nobody asked for these bytes: a request would take them for its answer.
    if (this.#isAttached || this.socket.read() === null) return
    this.hungUp = this.#lostBy('unexpected-data')
    this.lose()
    this.socket.destroy()
  }

  readonly #onEnd = () => this.#hangUp(this.#lostBy('fin'))

  readonly #onError = (error: NodeJS.ErrnoException) => {
    this.isDead = true
    if (isHangUp(error) && !(error instanceof errors.SocketError)) this.#hangUp(this.#lostBy('reset', error))
  }

  readonly #onClose = () => {
    this.#forget()
    this.isDead = true
    // What was ended on this side is ended by its request, which hears of it next.
    if (!this.isLent || this.hungUp !== undefined) this.lose()
    // What comes after the end must not take the process with it.
    this.socket.on('error', ignore)
    this.#onGone(this)
  }

  #hangUp(error: Error): void {
    this.isDead = true
    this.hungUp ??= error
    // The end may be that of an answer, which is still to be heard.
    if (!this.isLent) this.lose()
  }

  #lostBy(reason: TcpLostReason, cause?: Error): Error {
    return new TcpLostError(this.target.address, reason, cause)
  }
}

/** An error with which a connection ends when the far end, or the network, has ended it. */
export function isHangUp({ code, syscall }: NodeJS.ErrnoException): boolean {
  return syscall !== undefined || code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE'
}

function ignore(): void {}
