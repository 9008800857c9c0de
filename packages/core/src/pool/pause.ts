import { failAll } from '../acquire/fail-waiters.js'
import { judgeHeads } from '../acquire/judge-heads.js'
import { serve } from '../acquire/serve.js'
import { PoolPausedError } from '../errors/pool-paused-error.js'
import type { PoolCore } from './pool-core.js'
import { oneOf, readGroup } from './read-options.js'

export interface PauseOptions {
  /** 'hold' (default) lets acquires wait, their deadlines running; 'reject' fails them with `PoolPausedError`. */
  readonly waiters?: 'hold' | 'reject'
}

/** Grants no lease and begins no open until `resume()`. Opens in progress finish and rest. */
export function pausePool<R>(core: PoolCore<R>, options: PauseOptions | undefined): void {
  const { waiters } = readGroup('pause', options, { waiters: oneOf('hold', 'reject') })
  if (core.state === 'closing' || core.state === 'closed') return
  core.state = 'paused'
  core.granting = false
  core.refusing = waiters === 'reject'
  if (core.moments.pause.wanted) core.moments.pause.tell(core, { waiters })
  if (!core.refusing) return
  failAll(core, () => new PoolPausedError(core.name), 'paused')
  const paused = new PoolPausedError(core.name)
  for (const warming of core.warming ?? []) warming.reject(paused)
}

/** Grants again, the longest-waiting first. */
export function resumePool<R>(core: PoolCore<R>): void {
  if (core.state !== 'paused') return
  core.state = 'running'
  core.granting = true
  core.refusing = false
  if (core.moments.resume.wanted) core.moments.resume.tell(core, {})
  if (core.judgesAcquires) judgeHeads(core, 'wake')
  serve(core)
}
