import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { TestResource } from '../../test/test-adapter.js'
import { testAdapter } from '../../test/test-adapter.js'
import { record } from '../../test/test-pool.js'
import { virtualClock } from '../../test/virtual-clock.js'
import { ResourcePool } from '../pool/pool.js'
import { PoolCore } from '../pool/pool-core.js'
import { resolveOptions } from '../pool/resolve-options.js'
import { Event } from './connection-table.js'
import { send } from './drive.js'

const cores: PoolCore<TestResource>[] = []

beforeEach(() => {
  cores.length = 0
})
afterEach(() => void vi.unstubAllEnvs())

/** A pool with one idle connection, and its core as `inScope` betrays it. */
async function poolAndCore() {
  const scoped = vi.spyOn(PoolCore.prototype, 'inScope')
  const adapter = testAdapter()
  const pool = new ResourcePool<TestResource>(adapter, resolveOptions(adapter, { clock: virtualClock() }))
  ;(await pool.acquire()).release()
  const core = scoped.mock.contexts[0] as PoolCore<TestResource>
  scoped.mockRestore()
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
