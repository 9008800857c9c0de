import { pick } from '../model/pick.js'
import { expectPoolError } from './keyed-borrowers.js'
import type { KeyedAction, PoolAction } from './keyed-program.js'
import type { KeyedResource } from './keyed-resource.js'
import type { KeyedWorld } from './keyed-world.js'

/** Does one action. */
export function perform(world: KeyedWorld, action: KeyedAction): void {
  const { borrowers, house } = world
  switch (action.do) {
    case 'acquire':
      borrowers.acquire(world.keyOf(action.key), action)
      break
    case 'acquireAborted':
      borrowers.acquireAborted(world.keyOf(action.key))
      break
    case 'tryAcquire':
      borrowers.tryAcquire(world.keyOf(action.key))
      break
    case 'use':
      void borrowers.use(world.keyOf(action.key), action.ms)
      break
    case 'work':
      for (let i = 0; i < action.borrowers * action.keys; i++) {
        void borrowers.work(world.keyOf(action.key + (i % action.keys)), action.rounds, action.ms)
      }
      break
    case 'abort':
      borrowers.abort(action.nth)
      break
    case 'release':
      borrowers.end(action.nth, (lease) => lease.release())
      break
    case 'retire':
      borrowers.end(action.nth, (lease) => lease.retire())
      break
    case 'destroyLease':
      borrowers.end(action.nth, (lease) => lease.destroy(new Error('the borrower gives up')))
      break
    case 'detach':
      borrowers.detach(action.nth)
      break
    case 'lose':
      lose(world, action.nth)
      break
    case 'retireSignal':
      retireSignal(world, action.nth)
      break
    case 'flush':
    case 'flushAll':
      flush(world, action.do === 'flush' ? world.keyOf(action.key) : undefined, action.leased)
      break
    case 'close':
      world.closing(() => house.close({ timeout: action.timeout, waiters: action.waiters }), action.timeout)
      break
    case 'destroy':
      world.closing(() => house.destroy(new Error('enough')), 0)
      break
    default:
      manage(world, action)
  }
}

/** What is done to the pool of one key: refused once everything is closing. */
function manage(world: KeyedWorld, action: PoolAction): void {
  try {
    managePool(world, action)
  } catch (error) {
    expectPoolError(error)
    world.saw(`refused:${(error as Error).name}`)
  }
}

function managePool(world: KeyedWorld, action: PoolAction): void {
  const key = world.keyOf(action.key)
  const pool = world.house.poolOf(key)
  const model = world.poolOf(key)
  if (model === undefined) throw new Error(`the pool of ${key} has no adapter`)
  world.viewed.add(key)
  if (action.do === 'closeKey') {
    model.closed = true
    world.closingKey(action.now ? pool.destroy() : pool.close({ timeout: action.timeout }), action.timeout)
    return
  }
  if (model.closed) return
  switch (action.do) {
    case 'pause':
      model.paused = world.closed === 'no'
      pool.pause({ waiters: action.waiters })
      break
    case 'resume':
      model.paused = false
      pool.resume()
      break
    case 'resize':
      resize(world, action)
      break
    case 'warm':
      model.warming++
      pool
        .warm(action.count)
        .catch(expectPoolError)
        .finally(() => model.warming--)
      break
  }
}

function resize(world: KeyedWorld, { key: nth, min, max }: Extract<PoolAction, { do: 'resize' }>): void {
  const key = world.keyOf(nth)
  const { minSpare = 0 } = world.program.options.size ?? {}
  const size = { min: Math.min(min, max), max: Math.max(max, minSpare, 1) }
  const pool = world.house.poolOf(key)
  const model = world.poolOf(key)
  const before = { min: model?.min ?? 0, max: model?.max ?? 1 }
  // Before the call: listeners of what it does find the new limits.
  if (model !== undefined) Object.assign(model, size)
  try {
    pool.resize(size)
  } catch (error) {
    if (model !== undefined) Object.assign(model, before)
    throw error
  }
}

function flush(world: KeyedWorld, key: string | undefined, leased: 'on-release' | 'now'): void {
  if (world.closed !== 'no') return
  for (const resource of world.resources) {
    const { pool } = resource
    if ((key === undefined || pool.key === key) && !pool.closed) {
      resource.flushedAt = Math.min(resource.flushedAt, world.step)
    }
  }
  world.house.flush(key, leased)
}

function lose(world: KeyedWorld, nth: number): void {
  const resource = pick(living(world), nth)
  if (resource === undefined) return
  if (resource.uses === 0) resource.pool.troubleAt = world.clock.now()
  resource.die()
}

function retireSignal(world: KeyedWorld, nth: number): void {
  const resource = pick(living(world), nth)
  if (resource === undefined) return
  if (resource.uses === 0) resource.pool.troubleAt = world.clock.now()
  resource.signals?.retire('said the server')
}

function living({ resources }: KeyedWorld): KeyedResource[] {
  return resources.filter((resource) => !resource.dead && !resource.ended && !resource.detached)
}
