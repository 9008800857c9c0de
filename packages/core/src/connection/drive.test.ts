import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { TestResource } from '../../test/test-adapter.js'
import { testAdapter } from '../../test/test-adapter.js'
import { record } from '../../test/test-pool.js'
import { virtualClock } from '../../test/virtual-clock.js'
import { ResourcePool } from '../pool/pool.js'
import type { PoolCore } from '../pool/pool-core.js'
import { resolveOptions } from '../pool/resolve-options.js'
import { Surroundings } from '../pool/surroundings.js'
import { makeCore } from '../pool/wiring.js'
import { Event } from './connection-table.js'
import { send } from './drive.js'

const cores: PoolCore<TestResource>[] = []

beforeEach(() => {
  cores.length = 0
})
afterEach(() => void vi.unstubAllEnvs())

/** A pool with one idle connection, and its core. */
async function poolAndCore() {
  const adapter = testAdapter()
  const options = resolveOptions(adapter, { clock: virtualClock() })
  let made: PoolCore<TestResource> | undefined
  const pool = new ResourcePool<TestResource>((emitter) => {
    made = makeCore(adapter, options, new Surroundings(options, emitter))
    return made
  })
  ;(await pool.acquire()).release()
  const core = made as PoolCore<TestResource>
  const [connection] = core.connections
  if (connection === undefined) throw new Error('no connection')
  return { pool, core, connection }
}

it('throws in development for an event that the state does not accept, and changes nothing', async () => {
  const { pool, core, connection } = await poolAndCore()
  expect(() => send(core, connection, Event.closeSettled)).toThrow(
    'The connection statechart does not accept "closeSettled" in state "idle.ready"',
  )
  expect(pool.stats()).toMatchObject({ idle: 1, size: 1 })
})

it('reports it as error in production, and changes nothing', async () => {
  const { pool, core, connection } = await poolAndCore()
  const errors = record(pool, 'error')
  vi.stubEnv('NODE_ENV', 'production')
  send(core, connection, Event.closeSettled)
  expect(errors[0]?.event).toMatchObject({
    source: 'statechart',
    error: { message: expect.stringContaining('idle.ready') },
  })
  expect(pool.stats()).toMatchObject({ idle: 1, size: 1 })
  expect(pool.tryAcquire()).toBeDefined()
})
