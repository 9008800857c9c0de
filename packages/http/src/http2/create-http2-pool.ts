import type { ClientHttp2Session } from 'node:http2'
import { createKeyedPool, isPoolError, type KeyedPool, systemClock } from '@millpond/core'
import type { PooledAgent } from '../agent/pooled-agent.js'
import { Call } from './call.js'
import { Http1Side } from './http1-side.js'
import { http2Adapter, type SessionHost } from './http2-adapter.js'
import { type Http2PoolOptions, resolveHttp2Options } from './http2-options.js'
import type { Http2Response } from './http2-response.js'
import { Destinations, type Http2Target } from './http2-target.js'
import { type Http2RequestInit, readRequest } from './request-init.js'
import { sendRequest } from './send-request.js'
import { Transports } from './transport.js'

/** A pool of HTTP/2 sessions for each origin, and requests on them. */
export interface Http2Pool extends KeyedPool<Http2Target, ClientHttp2Session> {
  /**
   * Sends a request on a session of the URL's origin, and resolves when the answer begins; the session is lent for as
   * long as the stream lasts. With an `https:` origin that chooses HTTP/1.1, it is sent by that.
   *
   * One that the peer refused unprocessed is sent again on another session, up to `retries` times; an idempotent one
   * without a body also once more when a reused session turned out dead.
   *
   * Rejects with what `acquire` rejects with; with `RequestTimeoutError`, `RequestAbortedError`, `StreamRefusedError`,
   * `StaleConnectionError`, `StreamResetError` or `Http2LostError`; for a malformed header with Node's own error.
   */
  request(target: Http2Target, init?: Http2RequestInit): Promise<Http2Response>
  /** The agent that speaks with origins which chose HTTP/1.1: its stats, connections and events. Undefined with
   * `http1: false`. */
  readonly http1: PooledAgent | undefined
}

/**
 * A pool of HTTP/2 sessions for each origin, made when it is first asked for: over TLS for `https:`, by prior knowledge
 * for `http:` (h2c). A lease is one stream; a session is lent to as many as its peer takes at once, and to no more after
 * a GOAWAY. `perKey` limits the sessions of one origin (default 10), `total` all.
 *
 * Throws `InvalidOptionError` for bad options; for a bad target `acquire`, `use` and `request` reject with it, and the
 * others throw it. An acquire rejects with `ConnectError`, whose cause is an `Http1OnlyError` where the origin does not
 * speak HTTP/2.
 *
 * ```ts
 * const pool = createHttp2Pool({ perKey: 4 })
 * const { status, body } = await pool.request('https://example.org/', { timeout: 5_000 })
 * ```
 */
export function createHttp2Pool(given?: Http2PoolOptions): Http2Pool {
  const options = resolveHttp2Options(given)
  const { clock = systemClock, random = Math.random } = options.pool
  const transports = new Transports(options.transport, options.pool.clock)
  const destinations = new Destinations(options.transport.ofTls)
  const http1 = options.http1 && new Http1Side(options.http1, transports)
  const protocols = http1 === undefined ? ['h2'] : ['h2', 'http/1.1']
  const host: SessionHost = {
    limits: { concurrency: options.concurrency, ping: options.ping, clock },
    session: options.session,
    connections: new WeakMap(),
    foundHttp1(destination, socket) {
      if (http1 === undefined) socket.destroy()
      else http1.found(destination, socket)
    },
  }
  const pool = createKeyedPool<Http2Target, ClientHttp2Session>({
    ...options.pool,
    key: (target) => destinations.of(target).key,
    adapter(target) {
      const destination = destinations.of(target)
      return http2Adapter(destination, transports.to(destination, protocols, destination.tls), host)
    },
  })
  const sending = { ...options, pool, connections: host.connections, http1, random }

  const request: Http2Pool['request'] = async (target, init = {}) => {
    const { url, destination } = destinations.resolve(target)
    const call = new Call(readRequest(url, init), destination.origin, clock)
    try {
      return await sendRequest(sending, destination, call)
    } catch (error) {
      call.end()
      throw isPoolError(error, 'ERR_POOL_ACQUIRE_TIMEOUT') ? error : (call.gaveUp ?? error)
    }
  }
  return Object.assign(pool, { request, http1: http1?.agent }, http1 && withHttp1(pool, http1, destinations))
}

/** What concerns the agent as well. */
function withHttp1(
  pool: KeyedPool<Http2Target, ClientHttp2Session>,
  http1: Http1Side,
  destinations: Destinations,
): Pick<Http2Pool, 'flush' | 'close' | 'destroy'> {
  const [flush, close, destroy] = [pool.flush.bind(pool), pool.close.bind(pool), pool.destroy.bind(pool)]
  return {
    flush(target, options) {
      const destination = target === undefined ? undefined : destinations.of(target)
      http1.forget(destination?.key)
      flush(target, options)
      http1.agent.flush(destination?.origin, options)
    },
    async close(options) {
      await Promise.all([close(options), http1.agent.close(options)])
      http1.end()
    },
    async destroy(error) {
      await Promise.all([destroy(error), http1.agent.destroy(error)])
      http1.end()
    },
  }
}
