import type { Scene } from './scene.js'
import { adaptiveQueue } from './scenes/adaptive-queue.js'
import { balance } from './scenes/balance.js'
import { connectBackoff } from './scenes/connect-backoff.js'
import { connectOutage } from './scenes/connect-outage.js'
import { customPolicy } from './scenes/custom-policy.js'
import { failover } from './scenes/failover.js'
import { fairness } from './scenes/fairness.js'
import { flush } from './scenes/flush.js'
import { growth } from './scenes/growth.js'
import { health } from './scenes/health.js'
import { idleReuse } from './scenes/idle-reuse.js'
import { keyedLimits } from './scenes/keyed-limits.js'
import { leases } from './scenes/leases.js'
import { lifetimeJitter } from './scenes/lifetime-jitter.js'
import { queueing } from './scenes/queueing.js'
import { reset } from './scenes/reset.js'
import { retryStale } from './scenes/retry-stale.js'
import { sharedConnections } from './scenes/shared-connections.js'

/** Every picture, in the order of the pages. */
export const scenes = [
  growth,
  queueing,
  adaptiveQueue,
  fairness,
  connectBackoff,
  connectOutage,
  idleReuse,
  lifetimeJitter,
  health,
  reset,
  leases,
  sharedConnections,
  keyedLimits,
  failover,
  balance,
  retryStale,
  flush,
  customPolicy,
] as readonly Scene[]
