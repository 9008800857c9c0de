import type { Lease } from '../../src/acquire/lease.js'
import type { Adapter } from '../../src/adapter/adapter.js'
import type { Pool } from '../../src/pool/pool.js'
import type { PoolOptions } from '../../src/pool/pool-options.js'
import type { TestAdapter, TestResource } from '../test-adapter.js'
import { follow, type Outcome, testPool } from '../test-pool.js'
import type { VirtualClock } from '../virtual-clock.js'
import { type CmapEvent, tellInCmap } from './cmap-events.js'
import { type ConnectionPoolOptions, toPoolOptions } from './cmap-options.js'

type Overrides = Partial<Adapter<TestResource>>

/** CMAP's methods, said in millpond's. `checkIn` is `lease.release()`. */
export interface CmapPool {
  readonly pool: Pool<TestResource>
  readonly clock: VirtualClock
  readonly adapter: TestAdapter
  /** All that was told. */
  readonly events: CmapEvent[]
  ready(): void
  checkOut(): Outcome<Lease<TestResource>>
  /** A check out, and what has become of it when all that can happen now has happened. */
  checkedOut(): Promise<Outcome<Lease<TestResource>>>
  clear(options?: { readonly interruptInUseConnections?: boolean }): void
  close(): Promise<void>
  /** What was told, in short: type, connection, reason. Of these types only, if any are given. */
  told(...types: CmapEvent['type'][]): string[]
}

/** A pool as CMAP wants it: paused. `beyond` are options that CMAP does not have. */
export function cmapPool(
  options: ConnectionPoolOptions = {},
  overrides: Overrides | ((clock: VirtualClock) => Overrides) = {},
  beyond: PoolOptions = {},
): CmapPool {
  const { pool, clock, adapter } = testPool({ ...toPoolOptions(options), ...beyond }, overrides)
  const events: CmapEvent[] = []
  tellInCmap(pool, options, (event) => events.push(event))
  return {
    pool,
    clock,
    adapter,
    events,
    ready: () => pool.resume(),
    checkOut: () => follow(pool.acquire()),
    async checkedOut() {
      const outcome = follow(pool.acquire())
      await clock.settle()
      return outcome
    },
    clear({ interruptInUseConnections = false } = {}) {
      // In this order: a flush alone would at once open anew for those who wait.
      pool.pause({ waiters: 'reject' })
      pool.flush({ leased: interruptInUseConnections ? 'now' : 'on-release' })
    },
    // CMAP waits for whoever still has a connection, however long.
    close: () => pool.close({ timeout: Number.POSITIVE_INFINITY }),
    told: (...types) => events.filter(({ type }) => types.length === 0 || types.includes(type)).map(inShort),
  }
}

/** The same, ready. */
export function readyPool(...args: Parameters<typeof cmapPool>): CmapPool {
  const cmap = cmapPool(...args)
  cmap.ready()
  return cmap
}

function inShort(event: CmapEvent): string {
  const parts: unknown[] = [event.type]
  if ('connectionId' in event) parts.push(event.connectionId)
  if ('reason' in event) parts.push(event.reason)
  return parts.join(' ')
}
