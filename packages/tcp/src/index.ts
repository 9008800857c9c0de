export { tcp } from './tcp-adapter.js'
export { TcpConnectError, type TcpConnectPhase, TcpLostError, type TcpLostReason } from './tcp-errors.js'
export type { TcpKind, TcpOptions, TcpTarget } from './tcp-options.js'
