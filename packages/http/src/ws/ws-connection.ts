import type net from 'node:net'
import type { Clock, WatchSignals } from '@millpond/core'
import { untilClosed } from '@millpond/tcp'
import { type RawData, WebSocket } from 'ws'
import { type PingLimits, SilenceWatch } from '../http2/silence-watch.js'
import { WsLostError, WsNotCleanError } from './ws-errors.js'
import type { WsPoolOptions } from './ws-options.js'

/** What all connections of a pool have in common. */
export interface WsSurroundings {
  readonly ping: PingLimits
  readonly clock: Clock
  readonly onIdleMessage: WsPoolOptions['onIdleMessage']
}

const NO_GOODBYE = 1006

/** The pool's record of one WebSocket. Its listeners are there from the open to the end, whoever watches. */
export class WsConnection {
  readonly webSocket: WebSocket
  readonly socket: net.Socket
  readonly address: string
  readonly #surroundings: WsSurroundings
  readonly #silence: SilenceWatch
  /** Those that stay when a borrower's are taken off. */
  readonly #own = new Map<string | symbol, ReadonlySet<unknown>>()
  #signals: WatchSignals | undefined
  #isIdle = false
  /** It is held for a check, and yet nobody has it. */
  #isChecked = false
  #isUnwanted = false
  #isLost = false
  #endedHere = false
  #error: Error | undefined
  #lostBy: WsLostError | undefined
  /** Called with the next pong. */
  #answered: (() => void) | undefined

  constructor(webSocket: WebSocket, socket: net.Socket, address: string, surroundings: WsSurroundings) {
    this.webSocket = webSocket
    this.socket = socket
    this.address = address
    this.#surroundings = surroundings
    this.#silence = new SilenceWatch(
      {
        get bytesRead() {
          return socket.bytesRead
        },
        ping: (answered) => {
          this.#answered = answered
          if (webSocket.readyState === WebSocket.OPEN) webSocket.ping()
        },
        silent: () => this.#fallSilent(),
      },
      surroundings.ping,
      surroundings.clock,
    )
    webSocket.on('message', this.#onMessage).on('pong', this.#onPong)
    webSocket.on('error', this.#onError).on('close', this.#onClose)
    for (const event of webSocket.eventNames()) {
      this.#own.set(event, new Set(webSocket.rawListeners(event as string)))
    }
  }

  get isUsable(): boolean {
    return !this.#isLost && !this.#isUnwanted && this.webSocket.readyState === WebSocket.OPEN
  }

  watch(signals: WatchSignals): () => void {
    this.#signals = signals
    this.#silence.start()
    if (this.webSocket.readyState === WebSocket.CLOSED) this.#lose(new WsLostError(this.address, 'local'))
    if (this.#isLost) signals.lost(this.#lostBy)
    return () => {
      if (this.#signals !== signals) return
      this.#signals = undefined
      this.#silence.stop()
    }
  }

  setRef(keepAlive: boolean): void {
    this.#isIdle = !keepAlive
    this.#isChecked = false
    if (keepAlive) {
      this.socket.ref()
      if (this.#signals !== undefined && !this.#isLost) this.#silence.start()
    } else {
      this.socket.unref()
      this.#silence.stop()
    }
  }

  /** Takes off what a borrower has left. Throws `WsNotCleanError` where that is not enough. */
  reset(): void {
    const { webSocket } = this
    const isAwaited = webSocket.rawListeners('message').some((one) => !this.#isOwn('message', one) && isOnce(one))
    for (const event of webSocket.eventNames()) {
      for (const listener of webSocket.rawListeners(event as string)) {
        if (!this.#isOwn(event, listener)) webSocket.off(event as string, listener as () => void)
      }
    }
    if (this.#isDeaf) throw new WsNotCleanError(this.address, "its borrower took the pool's listeners off")
    webSocket.binaryType = 'nodebuffer'
    if (webSocket.isPaused) webSocket.resume()
    if (isAwaited) throw new WsNotCleanError(this.address, 'its borrower still waited for a message (once)')
    const { bufferedAmount } = webSocket
    if (bufferedAmount === 0) return
    throw new WsNotCleanError(this.address, `${bufferedAmount} bytes that its borrower sent are not written yet`)
  }

  /** Rejects when the peer has not answered before the signal aborts, or the connection ends. */
  check(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      const { webSocket } = this
      if (webSocket.readyState !== WebSocket.OPEN) throw new WsLostError(this.address, 'local')
      const settle = () => {
        // What lies behind the pong in its packet is told before anybody gets the connection.
        setImmediate(() => {
          this.#isChecked = false
        })
        signal.removeEventListener('abort', onAbort)
        webSocket.off('pong', onPong).off('close', onClose)
      }
      const onPong = () => {
        settle()
        resolve()
      }
      const onClose = () => {
        settle()
        reject(this.#lostBy)
      }
      const onAbort = () => {
        settle()
        reject(signal.reason)
      }
      this.#isChecked = true
      webSocket.on('pong', onPong).on('close', onClose)
      signal.addEventListener('abort', onAbort, { once: true })
      webSocket.ping()
    })
  }

  /** Says goodbye with 1000, and resolves once the connection has closed. Rejects with the signal's reason when that
   * aborts first; `destroy` is due then. */
  async close(signal: AbortSignal): Promise<void> {
    const { webSocket } = this
    if (webSocket.readyState === WebSocket.CLOSED) return
    await untilClosed(webSocket, signal, () => {
      // Somebody may be waiting for this close, and an idle connection does not hold the process.
      this.socket.ref()
      this.#endedHere = true
      // The peer's goodbye may lie behind what nobody has read.
      if (webSocket.isPaused) webSocket.resume()
      webSocket.close(1000)
    })
  }

  /** Ends it at once. */
  destroy(): void {
    this.#endedHere = true
    this.webSocket.terminate()
  }

  /** Whoever calls `removeAllListeners` takes off these, too. */
  get #isDeaf(): boolean {
    for (const [event, own] of this.#own) {
      const listeners = new Set<unknown>(this.webSocket.rawListeners(event as string))
      for (const listener of own) if (!listeners.has(listener)) return true
    }
    return false
  }

  #isOwn(event: string | symbol, listener: unknown): boolean {
    return this.#own.get(event)?.has(listener) === true
  }

  readonly #onMessage = (data: RawData, isBinary: boolean) => {
    if (!(this.#isIdle || this.#isChecked) || this.#isLost || this.#isUnwanted) return
    if (this.#surroundings.onIdleMessage?.(data, isBinary, this.webSocket) === 'keep') return
    this.#isUnwanted = true
    this.#signals?.retire('a message came while nobody had it')
  }

  readonly #onPong = () => {
    const answered = this.#answered
    this.#answered = undefined
    answered?.()
  }

  readonly #onError = (error: Error) => {
    this.#error ??= error
  }

  readonly #onClose = (closeCode: number, goodbye: Buffer) => {
    this.#lose(this.#endedBy(closeCode, goodbye.toString()))
  }

  #endedBy(closeCode: number, reason: string): WsLostError {
    const cause = this.#error
    if (this.#endedHere) return new WsLostError(this.address, 'local')
    if (closeCode !== NO_GOODBYE) return new WsLostError(this.address, 'closed', { closeCode, reason, cause })
    const isCut = cause === undefined || 'syscall' in cause
    return new WsLostError(this.address, isCut ? 'cut' : 'error', { cause })
  }

  #fallSilent(): void {
    this.#lose(new WsLostError(this.address, 'silent'))
    this.destroy()
  }

  #lose(error: WsLostError): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#lostBy = error
    this.#silence.stop()
    this.#signals?.lost(error)
  }
}

function isOnce(listener: unknown): boolean {
  return typeof (listener as { listener?: unknown }).listener === 'function'
}
