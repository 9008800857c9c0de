export { type CloseOnSignalOptions, closeOnSignal } from './server/close-on-signal.js'
export { connectionOf } from './server/connection-of.js'
export {
  type Guard,
  type GuardCloseOptions,
  type GuardedServer,
  InboundGuard,
} from './server/guard.js'
export type { GuardEvents, GuardTroubleSource } from './server/guard-events.js'
export {
  type GuardDefaults,
  type GuardOptions,
  type ResolvedGuardOptions,
  resolveGuardOptions,
} from './server/guard-options.js'
export { guard, type SocketGuard } from './server/guard-server.js'
export type {
  GuardStats,
  InboundCloseReason,
  InboundConnectionInfo,
  RefuseReason,
  SlowPhase,
} from './server/guard-stats.js'
export { type InboundConnection, type InboundProtocol, NEVER } from './server/inbound-connection.js'
export type { InboundConnections } from './server/inbound-connections.js'
export { LINGER } from './server/inbound-deadlines.js'
export { type Interceptor, interceptEvents } from './server/intercept-events.js'
export { SlowPeerError } from './server/slow-peer-error.js'
export { stopServer } from './server/stop-server.js'
export { acceptedSocket } from './server/tls-sockets.js'
export { restartSocketTimeout, watchActivity } from './server/watch-activity.js'
