import { setImmediate } from 'node:timers/promises'
import { connections, type PoolSetup, Resource, standardSetup } from '../contender.js'
import { loadContender } from '../contenders/index.js'
import { longestPause } from './longest-pause.js'
import type { ExpiryProbe, Figures } from './probe.js'

const never = 600_000

/** Counts what has expired. */
class Expired {
  count = 0
  readonly one = (): void => {
    this.count += 1
  }
}

/** All that expires is set up within one turn of the event loop, so that it is due at once. Where that takes so long that
 * the first are due before the last are there, it is set up again with twice the time. */
export async function expiries(probe: ExpiryProbe): Promise<Figures> {
  const expired = new Expired()
  const isOver = () => expired.count >= probe.count
  const setUpAt = await setUp(probe, expired)
  globalThis.gc?.()
  await setImmediate()
  if (expired.count > 0) {
    await longestPause(isOver)
    return expiries({ ...probe, timeout: probe.timeout * 2 })
  }
  const pause = await longestPause(isOver)
  return { pause, late: performance.now() - setUpAt - probe.timeout }
}

/** Resolves with the moment from which the time of the last one runs. */
async function setUp(probe: ExpiryProbe, expired: Expired): Promise<number> {
  const began = performance.now()
  if (probe.contender === 'floor') armTimers(probe, expired)
  else if (probe.of === 'acquire') await startWaiting(probe, expired)
  else await openIdle(probe, expired)
  return probe.of === 'lifetime' && probe.contender !== 'floor' ? began : performance.now()
}

/** The least: a timer of Node's for each, and the error of an acquire that has timed out. */
function armTimers({ of, count, timeout }: ExpiryProbe, expired: Expired): void {
  for (let one = 0; one < count; one++) {
    if (of !== 'acquire') setTimeout(expired.one, timeout)
    else new Promise((_, reject) => setTimeout(() => reject(new Error('timeout')), timeout)).catch(expired.one)
  }
}

async function startWaiting({ contender, count, timeout }: ExpiryProbe, expired: Expired): Promise<void> {
  const pool = await loadContender(contender, { ...standardSetup, acquireTimeout: timeout })
  for (let one = 0; one < connections; one++) await pool.acquire()
  await setImmediate()
  for (let one = 0; one < count; one++) pool.acquire().catch(expired.one)
}

async function openIdle({ contender, of, count, timeout }: ExpiryProbe, expired: Expired): Promise<void> {
  const setup: PoolSetup = {
    connections: count,
    acquireTimeout: never,
    ...(of === 'idle' ? { idleTimeout: timeout } : { idleTimeout: never, maxAge: timeout }),
    open: () => new Resource(),
    onClose: expired.one,
  }
  const pool = await loadContender(contender, setup)
  const leases = await Promise.all(Array.from({ length: count }, () => pool.acquire()))
  await setImmediate()
  for (const lease of leases) pool.release(lease)
}
