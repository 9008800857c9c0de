export {
  type CloseOnSignalOptions,
  closeOnSignal,
  type Guard,
  type GuardCloseOptions,
  type GuardEvents,
  type GuardOptions,
  type GuardStats,
  type InboundCloseReason,
  type InboundConnectionInfo,
  type RefuseReason,
  SlowPeerError,
  type SlowPhase,
} from '@millpond/tcp/server'
export { guard } from './server/guard-server.js'
