export {
  type Adapter,
  type CallContext,
  type CheckContext,
  type CloseContext,
  type CloseReason,
  defineAdapter,
  type OpenContext,
  type ResetContext,
  type WatchSignals,
} from './adapter/adapter.js'
