import type { PoolOptions } from '../../src/pool/pool-options.js'

/** CMAP's ConnectionPoolOptions. All durations are ms; 0 means no limit. */
export interface ConnectionPoolOptions {
  /** Default 100. */
  readonly maxPoolSize?: number | undefined
  /** Default 0. */
  readonly minPoolSize?: number | undefined
  /** Default 0. */
  readonly maxIdleTimeMS?: number | undefined
  /** Above 0. Default 2. */
  readonly maxConnecting?: number | undefined
  /** Default 0. */
  readonly waitQueueTimeoutMS?: number | undefined
}

/** The same pool in millpond's words. */
export function toPoolOptions(options: ConnectionPoolOptions): PoolOptions {
  const { maxPoolSize = 100, minPoolSize = 0, maxIdleTimeMS = 0, maxConnecting = 2, waitQueueTimeoutMS = 0 } = options
  return {
    start: 'paused',
    size: { min: minPoolSize, max: limit(maxPoolSize) },
    acquire: { timeout: limit(waitQueueTimeoutMS) },
    // CMAP opens for whoever finds nothing available; 'elastic' would first ask whether waiting is quicker.
    connect: { concurrency: maxConnecting, growth: 'eager' },
    idle: { timeout: limit(maxIdleTimeMS) },
  }
}

function limit(value: number): number {
  return value === 0 ? Number.POSITIVE_INFINITY : value
}
