import { judgeHeads } from '../acquire/judge-heads.js'
import { serve } from '../acquire/serve.js'
import { connectionOf } from '../connection/connection.js'
import { State } from '../connection/connection-table.js'
import { mayEvict } from '../connection/idle-alarm.js'
import { retire } from '../connection/retire.js'
import type { PolicyHost } from '../policies/policy.js'
import { Alarm } from '../time/timer-wheel.js'
import type { PoolCore } from './pool-core.js'
import { readStats } from './stats.js'

/** A policy wants to be asked again. */
function wake<R>(core: PoolCore<R>): void {
  if (core.state === 'closed') return
  if (core.granting && core.judgesAcquires) judgeHeads(core, 'wake')
  serve(core)
}

/** The pool as one of its policies sees it. */
export function hostOf<R>(core: PoolCore<R>): PolicyHost {
  const alarm = new Alarm(() => wake(core))
  core.wakeAlarms.push(alarm)
  return {
    pool: core.name,
    stats: () => readStats(core),
    now: () => core.now(),
    random: core.options.random,
    wake: (at) => {
      if (core.state === 'closed') return
      if (at !== undefined) core.wheel.armBy(alarm, at)
      // While policies are attached nobody can listen yet.
      else if (core.policies === undefined) core.inScope(() => queueMicrotask(() => wake(core)))
      else wake(core)
    },
    waitingSince: () => core.queue.oldest?.since,
    evict: (info) => {
      const connection = connectionOf<R>(info)
      if (connection === undefined || !core.connections.has(connection)) return false
      if (connection.state !== State['idle.ready'] || !mayEvict(core)) return false
      retire(core, connection, 'surplus')
      return true
    },
  }
}
