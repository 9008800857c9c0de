export type { DnsOptions } from './dns/dns-options.js'
export { FrameError, type FrameFault } from './framing/frame-error.js'
export { type LengthPrefixedOptions, lengthPrefixed } from './framing/length-prefixed.js'
export { type LinesOptions, lines } from './framing/lines.js'
export type { Wire } from './framing/wire.js'
export { tcp } from './tcp-adapter.js'
export {
  TcpConnectError,
  type TcpConnectPhase,
  TcpLostError,
  type TcpLostReason,
  TcpReadTimeoutError,
  TcpWriteTimeoutError,
} from './tcp-errors.js'
export type { TcpKind, TcpOptions } from './tcp-options.js'
export { createTcpPool, type TcpPoolOptions, type TcpPoolTarget } from './tcp-pool.js'
export type { TcpTarget } from './tcp-target.js'
export type { TcpTimeouts } from './timeouts/timeout-options.js'
export { untilClosed } from './until-closed.js'
