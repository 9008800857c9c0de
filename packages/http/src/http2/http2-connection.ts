import type { ClientHttp2Session } from 'node:http2'
import type net from 'node:net'
import type { Clock, WatchSignals } from '@millpond/core'
import { Http2LostError, nameOf } from './http2-errors.js'
import { type PingLimits, SilenceWatch } from './silence-watch.js'

/** What all sessions of a pool have in common. */
export interface SessionLimits {
  readonly concurrency: number
  readonly ping: PingLimits
  readonly clock: Clock
}

/** ms for which a session takes no more streams than it had when it refused one. */
const HOLD = 1_000

const NO_ERROR = 0
/** What Node says while the peer has set no limit (RFC 9113, section 6.5.2: there is none). */
const NO_LIMIT = 2 ** 32 - 1

/** The pool's record of one session. Its listeners are there from the open to the end, whoever watches. */
export class Http2Connection {
  readonly session: ClientHttp2Session
  readonly socket: net.Socket
  readonly origin: string
  readonly #limits: SessionLimits
  readonly #silence: SilenceWatch
  #signals: WatchSignals | undefined
  /** The last stream that the peer has looked at, or will, once it has said so by GOAWAY. */
  #lastStream = Number.POSITIVE_INFINITY
  #goingAway: string | undefined
  #lostBy: Error | undefined
  #isLost = false
  /** Streams at once, after a refusal and for a while. */
  #held: number | undefined
  /** Streams that have waited in vain, and for which the peer is asked. */
  #suspicions = 0
  #hold: unknown

  constructor(session: ClientHttp2Session, socket: net.Socket, origin: string, limits: SessionLimits) {
    this.session = session
    this.socket = socket
    this.origin = origin
    this.#limits = limits
    this.#silence = new SilenceWatch(
      {
        get bytesRead() {
          return socket.bytesRead
        },
        ping: (answered) => {
          if (!session.destroyed) session.ping((error) => error ?? answered())
        },
        silent: () => this.#fallSilent(),
      },
      limits.ping,
      limits.clock,
    )
    session.on('goaway', this.#onGoaway).on('remoteSettings', this.#onSettings)
    session.on('error', this.#onError).on('close', this.#onClose)
  }

  /** What ended it. Streams hear of the end before it is told why. */
  get lostBy(): Error {
    return this.#lostBy ?? new Http2LostError(this.origin, 'closed', 'was closed')
  }

  get isUsable(): boolean {
    const { session } = this
    return !this.#isLost && this.#goingAway === undefined && !session.destroyed && !session.closed
  }

  /** Streams it can carry at once: what the peer takes, and this side wants. */
  get capacity(): number {
    if (this.#suspicions > 0) return 0
    const { maxConcurrentStreams: said } = this.session.remoteSettings
    const peers = said === undefined || said === NO_LIMIT ? Number.POSITIVE_INFINITY : said
    return Math.min(peers, this.#limits.concurrency, this.#held ?? Number.POSITIVE_INFINITY)
  }

  /** Whether the peer has said of this stream that it has not looked at it, and will not. */
  hasRefused(streamId: number | undefined): boolean {
    return streamId === undefined || streamId > this.#lastStream
  }

  /**
   * The peer refused a stream beside so many others. For a moment it is given no more than those, so that the next one
   * goes elsewhere; for good would let an overloaded peer's sessions shrink until none carries anything.
   */
  hold(others: number): void {
    const { clock } = this.#limits
    if (this.#isLost) return
    if (this.#hold !== undefined) clock.clearTimeout(this.#hold)
    this.#held = others
    this.#hold = clock.setTimeout(() => {
      this.#hold = undefined
      this.#held = undefined
      this.#signals?.capacityChanged()
    }, HOLD)
    clock.unref?.(this.#hold)
    this.#signals?.capacityChanged()
  }

  watch(signals: WatchSignals): () => void {
    this.#signals = signals
    this.#silence.start()
    if (this.#isLost) signals.lost(this.#lostBy)
    else if (this.session.destroyed) this.#onClose()
    else if (this.#goingAway !== undefined) signals.retire(this.#goingAway)
    return () => {
      if (this.#signals !== signals) return
      this.#signals = undefined
      this.#silence.stop()
      this.#release()
    }
  }

  setRef(keepAlive: boolean): void {
    if (keepAlive) {
      this.session.ref()
      if (this.#signals !== undefined) this.#silence.start()
    } else {
      this.session.unref()
      this.#silence.stop()
    }
  }

  /** A stream has waited for its answer in vain. Whether the peer is frozen is asked at once, and nobody new is given the
   * session before it is known; then it calls back, unless it was lost. */
  suspect(settled: () => void): void {
    this.#suspicions++
    this.#signals?.capacityChanged()
    this.#silence.suspect(() => {
      this.#suspicions--
      settled()
      if (!this.#isLost) this.#signals?.capacityChanged()
    })
  }

  /** Ends it at once, whatever it is doing. */
  destroy(error?: Error): void {
    this.#lostBy ??= error ?? new Http2LostError(this.origin, 'local', 'was ended on this side')
    if (!this.session.destroyed) this.session.destroy(error)
    // A session that is closing waits for its socket's last bytes, which a silent peer never takes.
    this.socket.destroy()
  }

  readonly #onGoaway = (code: number, lastStream: number) => {
    this.#lastStream = lastStream
    const detail = `GOAWAY with ${nameOf(code)}`
    this.#goingAway ??= detail
    if (code === NO_ERROR) this.#signals?.retire(detail)
    // Node destroys the session now, and its streams with it.
    else this.#lose(new Http2LostError(this.origin, 'goaway', `was ended by the peer: ${detail}`))
  }

  readonly #onSettings = () => this.#signals?.capacityChanged()

  readonly #onError = (error: NodeJS.ErrnoException) => {
    const isReset = error.code === 'ECONNRESET' || error.code === 'EPIPE'
    const why = isReset ? 'reset' : 'error'
    this.#lose(new Http2LostError(this.origin, why, `${isReset ? 'was reset' : 'failed'}: ${error.message}`, error))
  }

  readonly #onClose = () => this.#lose(new Http2LostError(this.origin, 'closed', 'was closed'))

  #fallSilent(): void {
    const { timeout } = this.#limits.ping
    const error = new Http2LostError(this.origin, 'silent', `was given up: no answer to a PING within ${timeout} ms`)
    this.destroy(error)
    this.#lose(error)
  }

  #lose(error: Error): void {
    if (this.#isLost) return
    this.#isLost = true
    this.#lostBy ??= error
    // First of all: what is given back because of it must not be lent again.
    this.#signals?.lost(this.#lostBy)
    this.#silence.stop()
    this.#release()
  }

  #release(): void {
    if (this.#hold !== undefined) this.#limits.clock.clearTimeout(this.#hold)
    this.#hold = undefined
  }
}
