export type { PooledAgent } from './agent/pooled-agent.js'
export { StaleConnectionError } from './agent/stale-connection-error.js'
export { createHttp2Pool, type Http2Pool } from './http2/create-http2-pool.js'
export {
  Http1OnlyError,
  Http2LostError,
  type Http2LostReason,
  Http2PrefaceError,
  RequestAbortedError,
  RequestTimeoutError,
  StreamRefusedError,
  StreamResetError,
} from './http2/http2-errors.js'
export type { Http1Options, Http2PoolOptions } from './http2/http2-options.js'
export type { Http2Response } from './http2/http2-response.js'
export type { Http2SecureTarget, Http2Target } from './http2/http2-target.js'
export type { Http2SessionOptions } from './http2/open-session.js'
export type { Http2RequestInit, RequestBody } from './http2/request-init.js'
export type { TlsOptions, TransportOptions } from './http2/transport.js'
