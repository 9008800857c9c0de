import { failAll } from '../acquire/fail-waiters.js'
import { serve } from '../acquire/serve.js'
import { destroy as destroyConnection, retire } from '../connection/retire.js'
import { PoolClosedError } from '../errors/pool-closed-error.js'
import { Alarm } from '../time/timer-wheel.js'
import type { Closing } from './closing.js'
import type { PoolCore } from './pool-core.js'
import { duration, oneOf, readGroup } from './read-options.js'

export interface CloseOptions {
  /** ms until what is left is revoked and destroyed. Keep it below what the process is given to stop. Default 30
   * 000. */
  readonly timeout?: number
  /** 'reject' (default) fails waiters with `PoolClosedError` now; 'serve' serves them until the deadline: for work that
   * was promised already. */
  readonly waiters?: 'reject' | 'serve'
}

/** The options complete. Throws `InvalidOptionError`. */
export function readCloseOptions(options: CloseOptions | undefined): Required<CloseOptions> {
  return readGroup('close', options, { timeout: duration(30_000), waiters: oneOf('reject', 'serve') })
}

/** Takes no more acquires, lets leases come back, closes everything. Called again, the earlier deadline wins. */
export function closePool<R>(core: PoolCore<R>, options: CloseOptions | undefined): Promise<void> {
  let read: Required<CloseOptions>
  try {
    read = readCloseOptions(options)
  } catch (error) {
    return Promise.reject(error)
  }
  const { timeout } = read
  // Asked again without a word about the waiters, they go on being served.
  const waiters = options?.waiters === undefined && core.whenServed !== undefined ? 'serve' : read.waiters
  const closing = beginClosing(core)
  if (core.state === 'closed') return closing.promise
  const at = core.now() + timeout
  if (at < closing.at) {
    closing.at = at
    core.wheel.arm(closing.deadline, at)
  }
  if (waiters === 'serve' && core.queue.size > 0) {
    core.whenServed = () => retireAll(core)
  } else {
    core.granting = false
    failAll(core, () => new PoolClosedError(core.name, core.closeCause), 'closed')
    retireAll(core)
  }
  serve(core)
  return closing.promise
}

/** Fails the waiters and ends everything now. */
export function destroyPool<R>(core: PoolCore<R>, error: Error | undefined): Promise<void> {
  const closing = beginClosing(core)
  if (core.state === 'closed') return closing.promise
  core.closeCause ??= error
  core.granting = false
  failAll(core, () => new PoolClosedError(core.name, core.closeCause), 'closed')
  for (const connection of core.connections) {
    destroyConnection(core, connection, connection.leases > 0 ? 'revoked' : 'pool-closed')
  }
  serve(core)
  return closing.promise
}

function beginClosing<R>(core: PoolCore<R>): Closing {
  if (core.close !== undefined) return core.close
  const wasPaused = core.state === 'paused'
  core.state = 'closing'
  core.refusing = false
  if (wasPaused) core.granting = true
  let finish = () => {}
  const promise = new Promise<void>((resolve) => {
    finish = resolve
  })
  const deadline = new Alarm(() => void destroyPool(core, undefined))
  core.close = { promise, deadline, at: Number.POSITIVE_INFINITY }
  core.recountFloor()
  core.whenEmpty = () => {
    core.whenEmpty = undefined
    core.state = 'closed'
    core.granting = false
    core.disarmAll()
    core.policies?.detach()
    finish()
    if (core.moments.close.wanted) core.moments.close.tell(core, {})
  }
  core.holdProcess(true)
  const closed = new PoolClosedError(core.name)
  for (const warming of core.warming ?? []) warming.reject(closed)
  return core.close
}

function retireAll<R>(core: PoolCore<R>): void {
  core.whenServed = undefined
  core.granting = false
  for (const connection of core.connections) connection.closeReason ??= 'pool-closed'
  for (const connection of core.connections) retire(core, connection, 'pool-closed')
}
