import type { IncomingHttpHeaders } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2'
import { pipeline } from 'node:stream'
import type { Lease } from '@millpond/core'
import type { Call } from './call.js'
import type { Http2Connection } from './http2-connection.js'
import { RequestTimeoutError, StreamResetError } from './http2-errors.js'
import { Http2Answer, type Http2Response } from './http2-response.js'
import type { Destination } from './http2-target.js'

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM, NGHTTP2_HTTP_1_1_REQUIRED } = constants

/**
 * How an exchange failed before its answer began.
 *
 * - `refused`: the peer has not looked at the request: whatever it is, it may be sent again
 * - `lost`: its session ended, and nobody knows how far the peer had come
 * - `http1`: the peer wants this request by HTTP/1.1 (HTTP_1_1_REQUIRED)
 * - `failed`: anything else
 */
export type FailureKind = 'refused' | 'lost' | 'http1' | 'failed'

/** Why an exchange gave no answer. */
export class Failure {
  readonly kind: FailureKind
  readonly error: Error

  constructor(kind: FailureKind, error: Error) {
    this.kind = kind
    this.error = error
  }
}

/** Requests of these methods end with their head, for Node, unless it is told otherwise. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE'])

/** The request's own deadline, or one by `AbortSignal.timeout`. */
function isTimeout(error: Error): boolean {
  return error instanceof RequestTimeoutError || (error.cause as Error | undefined)?.name === 'TimeoutError'
}

const exchangeOf: unique symbol = Symbol('millpond.exchange')

/** Its listeners find the exchange on it: functions of its own for each would cost more than all the rest. */
type OwnStream = ClientHttp2Stream & { [exchangeOf]?: Exchange; _destroy: Destroy }

type Destroy = (error: Error | null, done: (error?: Error | null) => void) => void

/** One request on one stream of one leased session. Whatever becomes of it, the lease is released with the stream's end. */
export class Exchange {
  readonly #lease: Lease<ClientHttp2Session>
  readonly #connection: Http2Connection
  readonly #call: Call
  #answer: Http2Answer | undefined
  #stream: ClientHttp2Stream | undefined
  #resolve: ((response: Http2Response) => void) | undefined
  #reject: ((failure: Failure) => void) | undefined
  #error: Error | undefined
  /** The answer, or the rest of it, did not come in time. */
  #isSuspicious = false

  constructor(lease: Lease<ClientHttp2Session>, connection: Http2Connection, call: Call) {
    this.#lease = lease
    this.#connection = connection
    this.#call = call
  }

  /** Sends the request, and resolves when the answer begins. Rejects with a `Failure`. */
  run(destination: Destination): Promise<Http2Response> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      try {
        this.#begin(destination)
      } catch (error) {
        if (this.#stream !== undefined) {
          this.#stream.destroy(error as Error)
          return
        }
        this.#release()
        // Nothing was sent: the session had just ended, or Node will not have the request.
        const isGone = !this.#connection.isUsable
        reject(new Failure(isGone ? 'refused' : 'failed', error as Error))
      }
    })
  }

  /** The caller waits no longer, for the answer or for the rest of it. */
  abort(error: Error): void {
    this.#isSuspicious = isTimeout(error)
    this.#stream?.destroy(error)
  }

  #begin(destination: Destination): void {
    const { asked } = this.#call
    const { bytes, isStreamed } = asked.body
    const endStream = bytes === undefined && !isStreamed
    // Options cost a tenth of a request: none where they would say what Node does anyway.
    const options = endStream === bodiless.has(asked.method) ? undefined : { endStream }
    const stream = this.#connection.session.request(headOf(this.#call, destination), options) as OwnStream
    this.#stream = stream
    this.#call.current = this
    stream[exchangeOf] = this
    stream._destroy = destroyHonestly
    stream.on('response', onResponse).on('trailers', onTrailers).on('error', onError).on('close', onClose)
    if (bytes !== undefined) stream.end(bytes)
    const source = asked.body.stream()
    if (source !== undefined) pipeline(source, stream, ignore)
  }

  /** The answer begins. */
  begun(headers: IncomingHttpHeaders): void {
    const answer = new Http2Answer(headers, this.#stream as ClientHttp2Stream, this.#lease.reused)
    this.#answer = answer
    this.#call.answered()
    this.#resolve?.(answer)
    this.#resolve = undefined
  }

  concluded(trailers: IncomingHttpHeaders): void {
    if (this.#answer !== undefined) this.#answer.trailers = trailers
  }

  failed(error: Error): void {
    this.#error = error
  }

  /** The stream has ended, well or not. */
  ended(): void {
    if (this.#resolve === undefined) {
      this.#release()
      this.#call.end()
      return
    }
    const failure = this.#failure()
    if (failure.kind === 'refused') this.#yield()
    this.#release()
    this.#reject?.(failure)
  }

  #failure(): Failure {
    const stream = this.#stream as ClientHttp2Stream
    const error = this.#error ?? new StreamResetError(stream.rstCode)
    if (this.#call.gaveUp !== undefined) return new Failure('failed', this.#call.gaveUp)
    if (stream.rstCode === NGHTTP2_REFUSED_STREAM || this.#connection.hasRefused(stream.id)) {
      return new Failure('refused', error)
    }
    if (stream.rstCode === NGHTTP2_HTTP_1_1_REQUIRED) return new Failure('http1', error)
    if (this.#connection.session.destroyed) return new Failure('lost', this.#connection.lostBy)
    return new Failure('failed', error)
  }

  /** The next one goes to another session. */
  #yield(): void {
    if (!this.#connection.isUsable) return
    const others = this.#lease.connection.leases - 1
    if (others > 0) this.#connection.hold(others)
    // One that refuses the only stream it has is of no use.
    else this.#lease.retire()
  }

  #release(): void {
    if (this.#isSuspicious) this.#connection.suspect(() => this.#lease[Symbol.dispose]())
    else this.#lease[Symbol.dispose]()
  }
}

function onResponse(this: OwnStream, headers: IncomingHttpHeaders): void {
  this[exchangeOf]?.begun(headers)
}

function onTrailers(this: OwnStream, trailers: IncomingHttpHeaders): void {
  this[exchangeOf]?.concluded(trailers)
}

function onError(this: OwnStream, error: Error): void {
  this[exchangeOf]?.failed(error)
}

function onClose(this: OwnStream): void {
  this[exchangeOf]?.ended()
}

/**
 * Node ends a stream that is broken off with CANCEL, or with its connection, as if it were complete. And one that its
 * reader destroys it closes without telling the peer why.
 */
function destroyHonestly(this: OwnStream, error: Error | null, done: (error?: Error | null) => void): void {
  const natively = (Object.getPrototypeOf(this) as OwnStream)._destroy
  if (error === null && !this.closed) this.close(NGHTTP2_CANCEL)
  else if (error === null && this.rstCode !== 0 && !this.readableEnded) {
    const reset = new StreamResetError(this.rstCode)
    natively.call(this, null, (own) => done(own ?? reset))
    return
  }
  natively.call(this, error, done)
}

function headOf({ asked }: Call, { authority, secure }: Destination): Record<string | symbol, never> {
  const head: Record<string | symbol, unknown> = {
    ':method': asked.method,
    ':scheme': secure ? 'https' : 'http',
    ':authority': authority,
    ':path': asked.path,
  }
  const { headers } = asked
  for (const name of Reflect.ownKeys(headers)) {
    if (name === 'host') head[':authority'] = headers[name]
    else head[name] = headers[name]
  }
  return head as never
}

function ignore(): void {}
