// The process of one pool, or client: it warms up, says so, and then measures a round whenever it is told to.

import type { Durations, Round } from './stopwatch.js'
import { stopwatchOf, type Task } from './task.js'

/** What the worker tells its parent. */
export type Message = { ready: true } | Round | { error: string }

const [task = '', durations = ''] = process.argv.slice(2)
const tell = (message: Message) => process.send?.(message)
const fail = (error: unknown) =>
  tell({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })

// The parent hangs up when it has what it wanted; a pool's own timers would hold the process longer.
process.once('disconnect', () => process.exit())

try {
  const watch = await stopwatchOf(JSON.parse(task) as Task, JSON.parse(durations) as Durations)
  await watch.warmUp()
  process.on('message', () => {
    watch.round().then(tell, fail)
  })
  tell({ ready: true })
} catch (error) {
  fail(error)
}
