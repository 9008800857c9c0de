export { createWsPool } from './ws/create-ws-pool.js'
export { WsHandshakeError, WsLostError, type WsLostReason, WsNotCleanError } from './ws/ws-errors.js'
export type { WsClientOptions, WsHeaders, WsPoolOptions } from './ws/ws-options.js'
